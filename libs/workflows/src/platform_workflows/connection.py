"""The one client of a process, connected when first needed."""

import asyncio
import functools
import logging
from datetime import timedelta

from temporalio.client import Client
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.service import RPCError, RPCStatusCode

from platform_core.errors import Unavailable
from platform_workflows.converter import data_converter
from platform_workflows.settings import TemporalSettings

_AWAY = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.ABORTED,
        RPCStatusCode.INTERNAL,
        RPCStatusCode.UNKNOWN,
    }
)


class TemporalAway(Unavailable):
    """Temporal does not answer for the moment; the same call may succeed later."""

    code = "temporal_unavailable"


class TemporalConnection:
    """Holds the client. Once connected, the SDK itself finds back to a server that was away."""

    def __init__(self, settings: TemporalSettings) -> None:
        self.settings = settings
        self._client: Client | None = None
        self._connecting = asyncio.Lock()

    @property
    def rpc_timeout(self) -> timedelta:
        """The deadline to give every call."""
        return timedelta(seconds=self.settings.temporal_rpc_timeout)

    async def client(self) -> Client:
        """The client, connected now if it is not yet.

        Raises:
            TemporalAway: no server answered before the deadline.
        """
        if self._client is not None:
            return self._client
        async with self._connecting:
            if self._client is None:
                self._client = await self._connect()
            return self._client

    async def healthy(self) -> bool:
        """Whether the server answers now; never raises, waits no longer than the deadline."""
        try:
            client = await self.client()
            return await client.service_client.check_health(timeout=self.rpc_timeout)
        except (TemporalAway, RPCError):
            return False

    async def _connect(self) -> Client:
        settings = self.settings
        try:
            return await asyncio.wait_for(
                Client.connect(
                    settings.temporal_address,
                    namespace=settings.temporal_namespace,
                    data_converter=data_converter,
                    connect_timeout=timedelta(seconds=settings.temporal_connect_timeout),
                    runtime=_runtime(),
                ),
                settings.temporal_connect_timeout,
            )
        except (RuntimeError, TimeoutError, OSError) as error:
            # The SDK's core reports a refused connection as a RuntimeError.
            address = settings.temporal_address
            raise TemporalAway(f"Temporal at {address} does not answer.") from error


def is_away(error: RPCError) -> bool:
    """True when the server, not the call, is the reason."""
    return error.status in _AWAY


@functools.cache
def _runtime() -> Runtime:
    """The SDK's core, one per process; it logs through the standard library, so through ours."""
    return Runtime(
        telemetry=TelemetryConfig(
            logging=LoggingConfig(
                filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"),
                forwarding=LogForwardingConfig(logger=logging.getLogger("temporalio.core")),
            )
        )
    )

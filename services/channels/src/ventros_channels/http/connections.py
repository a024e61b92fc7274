"""/v1/channels/{channel_id}: connect, start, stop, restart, log out, and how the connection is."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from platform_auth import Principal
from platform_http import Caller, Writes
from ventros_channels.connections.acts import Act, Acts, record_end, record_work
from ventros_channels.connections.reach import Reached
from ventros_channels.http.connection_schemas import PROVIDER, ConnectionView, connection_view

Calls = NamedDependency[SkipValidation[Acts]]

OK: Final = 200
"""What a POST answers that makes nothing."""


async def reached(acts: Acts, principal: Principal, channel_id: UUID) -> Reached:
    """The caller's channel, ready to be called."""
    return await acts.reach(principal.tenant_id, principal.project_id, channel_id)


class Connections(Controller):
    """The connection of a number at its provider. Everything here may be sent again."""

    path = "/v1/channels/{channel_id:uuid}"
    tags = ("channels",)

    @post("/connect", operation_id="connect_channel", status_code=OK, described=PROVIDER)
    async def connect(
        self, channel_id: FromPath[UUID], principal: Caller, writer: Writes, acts: Calls
    ) -> ConnectionView:
        """Make the connection at the provider, have it post here, and start it.

        A WAHA session that is there is kept, with what others set on it; it gets this channel's
        webhook address, the events that are read, and the key to sign with. Pair it with the QR
        code, the pairing code or a passkey when the answer does not say `WORKING`.
        """
        found = await reached(acts, principal, channel_id)
        hook = acts.hook(found)
        return await _work(
            acts, found, principal, writer, lambda one: one.lifecycle.connect(one.at, hook)
        )

    @post("/start", operation_id="start_channel", status_code=OK, described=PROVIDER)
    async def start(
        self, channel_id: FromPath[UUID], principal: Caller, writer: Writes, acts: Calls
    ) -> ConnectionView:
        """Start the connection that is there; one that was paired works again."""
        found = await reached(acts, principal, channel_id)
        return await _work(acts, found, principal, writer, lambda one: one.lifecycle.start(one.at))

    @post("/restart", operation_id="restart_channel", status_code=OK, described=PROVIDER)
    async def restart(
        self, channel_id: FromPath[UUID], principal: Caller, writer: Writes, acts: Calls
    ) -> ConnectionView:
        """Stop and start it: what brings back a connection that is `FAILED`."""
        found = await reached(acts, principal, channel_id)
        return await _work(
            acts, found, principal, writer, lambda one: one.lifecycle.restart(one.at)
        )

    @post("/stop", operation_id="stop_channel", status_code=OK, described=PROVIDER)
    async def stop(
        self, channel_id: FromPath[UUID], principal: Caller, writer: Writes, acts: Calls
    ) -> ConnectionView:
        """Stop it: nothing is received or sent until it is started. It stays paired."""
        found = await reached(acts, principal, channel_id)
        state = await found.lifecycle.stop(found.at)
        async with writer(principal) as tx:
            await record_end(tx, channel_id)
        return connection_view(state)

    @post("/log-out", operation_id="log_out_channel", status_code=OK, described=PROVIDER)
    async def log_out(
        self, channel_id: FromPath[UUID], principal: Caller, writer: Writes, acts: Calls
    ) -> ConnectionView:
        """Take the pairing away: the phone has to be paired anew."""
        found = await reached(acts, principal, channel_id)
        state = await found.lifecycle.log_out(found.at)
        async with writer(principal) as tx:
            await record_end(tx, channel_id)
        return connection_view(state)

    @get("/connection", operation_id="read_channel_connection", described=PROVIDER)
    async def state(
        self, channel_id: FromPath[UUID], principal: Caller, acts: Calls
    ) -> ConnectionView:
        """How it is at the provider now, which the channel's `connection_status` follows."""
        found = await reached(acts, principal, channel_id)
        return connection_view(await found.lifecycle.state(found.at))


async def _work(
    acts: Acts, found: Reached, principal: Principal, writer: Writes, act: Act
) -> ConnectionView:
    state = await acts.put_to_work(found, act)
    async with writer(principal) as tx:
        await record_work(tx, found.channel.id, state)
    return connection_view(state)


__all__ = ["Calls", "Connections", "reached"]

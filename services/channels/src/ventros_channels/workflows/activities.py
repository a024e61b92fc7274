"""What the workflow does: stretches of an import, alive while a provider is slow."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from ventros_channels.history.work import Historian, ImportLater, ImportRefused
from ventros_channels.workflows.contract import REFUSED, Ending, Order

PAGES: Final = 50
"""Of one stretch."""

_BEAT_SECONDS: Final = 2.0


class HistoryActivities:
    """Activities with what imports need."""

    def __init__(self, historian: Historian) -> None:
        self._historian = historian

    @activity.defn(name="begin_history_import")
    async def begin(self, order: Order) -> bool:
        """List the chats; done again it lists those that came since.

        Raises:
            ApplicationError
        """
        async with _alive(), _said():
            await self._historian.begin(order.tenant_id, order.import_id)
        return True

    @activity.defn(name="carry_on_history_import")
    async def carry_on(self, order: Order) -> bool:
        """The next pages. Done again after a crash it goes on behind what was stored.

        Raises:
            ApplicationError
        """
        async with _alive(), _said():
            return await self._historian.carry_on(order.tenant_id, order.import_id, PAGES)

    @activity.defn(name="end_history_import")
    async def end(self, ending: Ending) -> None:
        """Done again it finds that, and changes nothing."""
        order = ending.order
        await self._historian.end(order.tenant_id, order.import_id, ending.failure)


@contextlib.asynccontextmanager
async def _alive() -> AsyncIterator[None]:
    """Say so meanwhile: a page may take longer than a dead worker is waited for."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(_BEAT_SECONDS)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await beating


@contextlib.asynccontextmanager
async def _said() -> AsyncIterator[None]:
    """What Temporal is told of a failure: a few words of ours."""
    try:
        yield
    except ImportRefused as error:
        raise ApplicationError(str(error), type=REFUSED, non_retryable=True) from None
    except ImportLater as error:
        raise ApplicationError(str(error), type=type(error).__name__) from None

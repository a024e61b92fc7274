"""What the workflow does: read the file, ask the provider, keep its words."""

import time
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from platform_bus import Bell
from platform_core.clock import utc_now
from platform_postgres import Database
from platform_storage import FileMissing, FileTooLarge, Storage, StorageAway
from platform_storage.keys import content_key
from ventros_messaging.ai.settings import AiSettings
from ventros_messaging.commands import enrich
from ventros_messaging.domain.enrichment import (
    File,
    Provider,
    ProviderAway,
    Reason,
    Unenriched,
    Words,
)
from ventros_messaging.events.enrichments import say_ended
from ventros_messaging.store.enrichments import WithFile
from ventros_messaging.workflows.contract import Order


class EnrichmentActivities:
    """Activities with what they need. Without a provider every file fails, and says why."""

    def __init__(
        self,
        database: Database,
        bell: Bell,
        storage: Storage,
        provider: Provider | None,
        settings: AiSettings,
    ) -> None:
        self._database = database
        self._bell = bell
        self._storage = storage
        self._provider = provider
        self._settings = settings

    @activity.defn(name="enrich")
    async def enrich(self, order: Order) -> None:
        """One attempt. Done again after a crash it asks the provider again, and what is done is
        left as it is.

        Raises:
            ApplicationError: it may work later.
        """
        provider = self._provider
        if provider is None:
            await self._fail(order, "not_configured")
            return
        begun = await self._begin(order, provider)
        if not isinstance(begun, WithFile):
            if begun is not None:
                await self._fail(order, begun)
            return
        started = time.monotonic()
        try:
            words = await self._read(order, begun, provider)
        except Unenriched as error:
            await self._fail(order, error.reason)
        except FileMissing:
            await self._fail(order, "file_missing")
        except FileTooLarge:
            await self._fail(order, "file_too_large")
        except (ProviderAway, StorageAway) as error:
            raise _later(error) from None
        else:
            elapsed = round((time.monotonic() - started) * 1000)
            await self._succeed(order, provider.name, words, elapsed)

    @activity.defn(name="give_up")
    async def give_up(self, order: Order) -> None:
        """It did not work in time."""
        await self._fail(order, "provider_unavailable")

    async def _begin(self, order: Order, provider: Provider) -> WithFile | Reason | None:
        async with self._database.tenant(order.tenant_id) as tx:
            return await enrich.begin(
                tx,
                order.tenant_id,
                order.message_id,
                utc_now(),
                charges=provider.charges,
                most=self._settings.ai_monthly_requests,
            )

    async def _read(self, order: Order, begun: WithFile, provider: Provider) -> Words:
        if begun.file.sha256 is None:
            raise Unenriched("file_missing")
        content = await self._storage.read_whole(
            content_key(order.tenant_id, begun.file.sha256), limit=self._settings.ai_max_bytes
        )
        return await provider.read(
            File(
                content_type=begun.enrichment.content_type,
                mimetype=begun.file.mimetype or "",
                content=content,
            )
        )

    async def _succeed(self, order: Order, provider: str, words: Words, elapsed_ms: int) -> None:
        async with self._database.tenant(order.tenant_id) as tx:
            ended = await enrich.succeed(
                tx,
                order.tenant_id,
                order.message_id,
                utc_now(),
                provider=provider,
                words=words,
                processing_ms=elapsed_ms,
            )
            await say_ended(tx, order.tenant_id, ended)
        self._bell.ring()

    async def _fail(self, order: Order, reason: Reason) -> None:
        async with self._database.tenant(order.tenant_id) as tx:
            ended = await enrich.fail(tx, order.tenant_id, order.message_id, utc_now(), reason)
            await say_ended(tx, order.tenant_id, ended)
        self._bell.ring()


def _later(error: ProviderAway | StorageAway) -> ApplicationError:
    """To be tried again, no earlier than the provider asks. Its words are a few of ours."""
    wait = error.retry_after if isinstance(error, ProviderAway) else None
    return ApplicationError(
        str(error),
        type=type(error).__name__,
        next_retry_delay=None if wait is None else timedelta(seconds=wait),
    )

"""What messaging says of files that are put into words, kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

from platform_postgres import Database
from platform_testkit.golden import Golden
from ventros_messaging.commands import enrich
from ventros_messaging.domain.enrichment import ENRICHED, Asked, Found, Words
from ventros_messaging.events.enrichments import say_ended, say_requested
from ventros_messaging.store import recipients
from ventros_messaging.store.recipients import ChannelTold

NOW = datetime(2026, 3, 1, 13, 0, tzinfo=UTC)


async def test_the_events_of_enrichments_are_as_kept(
    conversation: Any, database: Database, golden: Golden
) -> None:
    tenant = conversation.tenant
    messages = [conversation.told().data.message for _ in ENRICHED]
    asked = [
        Asked(
            message_id=message.id,
            project_id=tenant.project_id,
            message_group_id=None,
            contact_id=conversation.contact_id,
            session_id=conversation.session_id,
            channel_id=conversation.channel_id,
            content_type=kind,
        )
        for message, kind in zip(messages, ENRICHED, strict=True)
    ]
    files = [
        Found(
            message_id=message.id,
            channel_id=conversation.channel_id,
            sha256=f"{place}" * 64,
            mimetype="application/octet-stream",
        )
        for place, message in enumerate(messages)
    ]
    channel = ChannelTold(
        id=conversation.channel_id,
        project_id=tenant.project_id,
        version=1,
        active=True,
        debounce_ms=0,
        ai_processed=list(ENRICHED),
    )
    async with database.tenant(tenant.tenant_id) as tx:
        await recipients.learn_channels(tx, tenant.tenant_id, [channel])
        # One by one: a statement over all of them has no order.
        for one, file in zip(asked, files, strict=True):
            await enrich.ask(tx, tenant.tenant_id, [one], NOW)
            requested = await enrich.files_found(tx, tenant.tenant_id, [file], NOW)
            await say_requested(tx, tenant.tenant_id, requested)
        later = NOW + timedelta(seconds=3)
        words = Words(text="Uma mesa de jantar.", model="gpt-4o-mini", tokens=730)
        done = await enrich.succeed(
            tx,
            tenant.tenant_id,
            messages[0].id,
            later,
            provider="openai_compatible",
            words=words,
            processing_ms=900,
        )
        await say_ended(tx, tenant.tenant_id, done)
        failed = await enrich.fail(tx, tenant.tenant_id, messages[1].id, later, "budget_exceeded")
        await say_ended(tx, tenant.tenant_id, failed)
        rows = await tx.fetch("SELECT envelope FROM outbox ORDER BY seq")
    golden.check("messaging", [row["envelope"] for row in rows])

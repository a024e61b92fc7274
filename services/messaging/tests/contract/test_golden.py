"""What messaging says, kept: a message of every type, from the person and from the company."""

from typing import Any, get_args

from platform_postgres import Database
from platform_testkit.golden import Golden
from proto_events.conversation import (
    ContactCard,
    Content,
    ContentType,
    Interactive,
    Location,
    Media,
    Poll,
    Reaction,
)

FILE = Media(
    status="available",
    url="https://media.example.com/files/1",
    mimetype="application/octet-stream",
    filename="orcamento.pdf",
    size_bytes=34_567,
)

CONTENTS = (
    Content(type="text", text="Bom dia, ainda tem a mesa de jantar?"),
    Content(type="image", text="Esta aqui", media=FILE),
    Content(type="video", media=Media(status="pending")),
    Content(type="audio", media=Media(status="failed", error="not found")),
    Content(type="voice", media=FILE),
    Content(type="document", media=FILE),
    Content(type="sticker", media=FILE),
    Content(type="location", location=Location(latitude=-23.55, longitude=-46.63, name="Loja")),
    Content(type="contact", contacts=[ContactCard(name="Rui", vcard="BEGIN:VCARD\nEND:VCARD")]),
    Content(type="reaction", reaction=Reaction(emoji="👍", stanza="3EB0000001")),
    Content(type="poll", poll=Poll(name="Entrega?", options=["manhã", "tarde"])),
    Content(
        type="interactive",
        interactive=Interactive(kind="list_reply", title="Mesas", selected_id="m-1"),
    ),
    Content(type="system", system="e2e_notification"),
)


async def test_the_events_of_messages_are_as_kept(
    conversation: Any, store: Any, database: Database, golden: Golden
) -> None:
    assert {content.type for content in CONTENTS} == set(get_args(ContentType))
    heard = [conversation.told(content=content) for content in CONTENTS]
    answer = conversation.told(content=CONTENTS[0], from_me=True, source="app")
    await store(*heard, answer)
    async with database.tenant(conversation.tenant.tenant_id) as tx:
        rows = await tx.fetch("SELECT envelope FROM outbox ORDER BY seq")
    assert len(rows) == len(CONTENTS) + 1
    golden.check("messaging", [row["envelope"] for row in rows])

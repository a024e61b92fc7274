"""What the Cloud API does to messages that are there, and the limits of what it sends."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from platform_core.clock import utc_now
from platform_core.ids import new_id
from platform_outbound import Outbound as Calls
from platform_outbound import read_networks
from proto_events.conversation import (
    Content,
    Interactive,
    ListRow,
    ListSection,
    Media,
)
from proto_events.message_actions import MessageActionRequested
from proto_events.sending import Outbound
from ventros_channels.adapters import ACTS
from ventros_channels.adapters.whatsapp_cloud.actions import CloudActions
from ventros_channels.adapters.whatsapp_cloud.bodies import message
from ventros_channels.domain.adapter import FateUnknown, NotSent
from ventros_channels.domain.connection import Connection

from ..cloud import NUMBER
from ..graph_script import Graph, answering

BSUID = "BR.1A2B3C4D5E6F"
PHONE = "5544000000003@s.whatsapp.net"


@pytest.fixture
async def graph() -> AsyncIterator[Graph]:
    async with answering() as graph:
        yield graph


@pytest.fixture
async def calls() -> AsyncIterator[Calls]:
    calls = Calls(allow=read_networks("TEST", "127.0.0.1/32"), timeout=2.0)
    yield calls
    await calls.close()


def asked(kind: Any, **more: Any) -> MessageActionRequested:
    given = {"chat": BSUID, "provider_message_id": "wamid.1", **more}
    return MessageActionRequested(
        action_id=new_id(),
        channel_id=new_id(),
        kind=kind,
        expires_at=utc_now(),
        requested_at=utc_now(),
        **given,
    )


async def test_reactions_and_receipts(graph: Graph, calls: Calls) -> None:
    at = Connection(base_url=f"{graph.url}/v24.0", session=NUMBER, api_key="token")
    actions = CloudActions(calls)
    await actions.act(at, asked("reaction", emoji="👍"))
    await actions.act(at, asked("reaction", chat=PHONE))
    await actions.act(at, asked("seen"))
    put, taken_away, seen = [one.body for one in graph.asked]
    assert (put["recipient"], put["reaction"]) == (BSUID, {"message_id": "wamid.1", "emoji": "👍"})
    assert (taken_away["to"], taken_away["reaction"]["emoji"]) == ("5544000000003", "")
    assert seen == {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}
    assert {one.path for one in graph.asked} == {f"/v24.0/{NUMBER}/messages"}


async def test_what_it_cannot_do_is_refused_and_what_went_wrong_is_told(
    graph: Graph, calls: Calls
) -> None:
    at = Connection(base_url=f"{graph.url}/v24.0", session=NUMBER, api_key="token")
    actions = CloudActions(calls)
    assert ACTS["whatsapp_cloud"] == {"reaction", "seen"}
    for kind in ("edit", "revocation"):
        with pytest.raises(NotSent) as refused:
            await actions.act(at, asked(kind))
        assert refused.value.failure == "unsupported"
    with pytest.raises(NotSent):
        await actions.act(at, asked("seen", provider_message_id=None))
    assert graph.asked == []
    graph.answers = [(400, {"error": {"code": 131009}}), (502, b"")]
    with pytest.raises(NotSent) as refused:
        await actions.act(at, asked("seen"))
    assert (refused.value.failure, refused.value.code) == ("rejected", "131009")
    with pytest.raises(FateUnknown):
        await actions.act(at, asked("seen"))


def offer(kind: Any, options: list[str], *, text: str = "Qual?", title: str | None = None) -> Any:
    interactive = Interactive(kind=kind, title=title, options=options)
    return Content(type="interactive", text=text, interactive=interactive)


def listed(
    *rows: ListRow,
    button: str = "Ver",
    text: str = "Qual?",
    heading: str | None = None,
    **more: str,
) -> Any:
    sections = [ListSection(title=heading, rows=list(rows))]
    offer = Interactive(kind="list_offer", button=button, sections=sections, **more)
    return Content(type="interactive", text=text, interactive=offer)


def row(row_id: str = "a", title: str = "Azul", description: str | None = None) -> ListRow:
    return ListRow(id=row_id, title=title, description=description)


def picture(caption: str) -> Content:
    media = Media(status="available", url="https://files.example/a.jpg")
    return Content(type="image", text=caption, media=media)


@pytest.mark.parametrize(
    ("content", "taken"),
    [
        (offer("button_offer", ["a" * 20]), True),
        (offer("button_offer", ["a" * 21]), False),
        (offer("button_offer", ["a", "a"]), False),
        (offer("button_offer", ["a", ""]), False),
        (offer("button_offer", list("abc"), text="x" * 1024), True),
        (offer("button_offer", list("abc"), text="x" * 1025), False),
        (offer("button_offer", list("abcd")), False),
        (offer("list_offer", ["a" * 24], title="Ver"), True),
        (offer("list_offer", ["a" * 25], title="Ver"), False),
        (offer("list_offer", ["a"], title="V" * 21), False),
        (offer("list_offer", list("abcdefghij"), text="x" * 4096), True),
        (offer("list_offer", list("abcdefghijk")), False),
        (offer("list_offer", ["a"], text=""), False),
        (
            listed(
                row("i" * 200, "t" * 24, "d" * 72),
                button="b" * 20,
                heading="s" * 24,
                title="h" * 60,
                footer="f" * 60,
            ),
            True,
        ),
        (listed(*(row(str(place)) for place in range(11))), False),
        (listed(row("i" * 201)), False),
        (listed(row(title="t" * 25)), False),
        (listed(row(description="d" * 73)), False),
        (listed(row(), button="b" * 21), False),
        (listed(row(), heading="s" * 25), False),
        (listed(row(), title="h" * 61), False),
        (listed(row(), footer="f" * 61), False),
        (listed(row(), text=""), False),
        (listed(), False),
        (picture("x" * 1024), True),
        (picture("x" * 1025), False),
    ],
)
def test_what_meta_would_refuse_is_not_asked_of_it(content: Content, *, taken: bool) -> None:
    if taken:
        assert message(BSUID, Outbound(content=content), None).recipient == BSUID
        return
    with pytest.raises(NotSent) as refused:
        message(BSUID, Outbound(content=content), None)
    assert refused.value.failure == "unsupported"

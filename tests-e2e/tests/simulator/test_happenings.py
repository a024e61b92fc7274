"""What happens beside messages has the payload of its fixture; the engines' own shapes differ."""

import json
from pathlib import Path
from typing import Any

import pytest

from waha_simulator import happenings
from waha_simulator.engines import Engine

FIXTURES = Path(__file__).parents[2] / "fixtures" / "waha"
CHAT = "554400000003@c.us"
GROUP = "120363000000000001@g.us"
CALL = happenings.call("A" * 32, CHAT, at=1783000009)
VOTE = (f"false_{CHAT}_83ACBE602A05C79B234B", f"true_{CHAT}_BAE5F2EF5C69001E")

PAYLOADS = {
    "call.received": CALL,
    "call.accepted": CALL,
    "call.rejected": CALL,
    "poll.vote": happenings.poll_vote(*VOTE, chat=CHAT, chosen=["Sim"], at=1783000007),
    "poll.vote.failed": happenings.poll_vote(*VOTE, chat=CHAT, chosen=[], at=1783000007),
    "group.v2.join": happenings.group_joined(GROUP, "Grupo", "Desc", [CHAT], at=1783000003),
    "group.v2.leave": happenings.group_left(GROUP, at=1783000004),
    "group.v2.update": happenings.group_updated(GROUP, "Novo nome", at=1783000005),
    **{
        f"group.v2.participants.{change}": happenings.group_members(
            GROUP, change, [CHAT], at=1783000006
        )
        for change in ("join", "leave", "promote", "demote")
    },
    "chat.archive": happenings.chat_archived(CHAT, archived=True, at=1783000008),
    "label.upsert": happenings.label("10", "Lead"),
    "label.deleted": happenings.label("10", ""),
    "label.chat.added": happenings.label_of_chat("6", CHAT),
    "label.chat.deleted": happenings.label_of_chat("6", CHAT),
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_the_payload_is_that_of_the_fixture(name: str) -> None:
    wanted = json.loads((FIXTURES / f"{name}.json").read_bytes())["payload"]
    assert PAYLOADS[name] == wanted


@pytest.mark.parametrize("name", PAYLOADS)
async def test_it_is_posted_on_request(name: str, waha: Any, receiver: Any) -> None:
    await waha.session("s", {"url": receiver.url, "events": ["*"]})
    event = json.loads((FIXTURES / f"{name}.json").read_bytes())["event"]
    wanted = {"event": event, "payload": PAYLOADS[name]}
    await waha.call("POST", "/simulator/sessions/s/events", wanted, 201)

    def told(received: list[Any]) -> bool:
        return any(json.loads(one.body)["event"] == event for one in received)

    await receiver.until(told)
    [body] = [one.body for one in receiver.received if json.loads(one.body)["event"] == event]
    assert json.loads(body)["payload"] == PAYLOADS[name]


@pytest.mark.parametrize("engine", [Engine.GOWS, Engine.NOWEB])
def test_an_edit_and_a_revocation_are_spelt_as_the_engine_spells_them(engine: Engine) -> None:
    given = {"chat": CHAT, "target": "3EB0", "at": 1783000000}
    name, id_ = ("Message", "ID") if engine is Engine.GOWS else ("message", "id")
    edit = happenings.edit_as_message(engine, "false_x_3A", text="novo", **given)["_data"][name]
    protocol = edit["editedMessage"]["message"]["protocolMessage"]
    assert (protocol["type"], protocol["key"][id_]) == (14, "3EB0")
    revoke = happenings.revocation_as_message(engine, "false_x_3A", **given)["_data"][name]
    assert revoke["protocolMessage"]["type"] == 0


def test_a_browser_engine_tells_a_reaction_flat() -> None:
    given = {"chat": CHAT, "target": "3EB0", "emoji": "🙏", "at": 1783000000}
    flat = happenings.reaction_as_message(Engine.WEBJS, "false_x_3A", **given)["_data"]
    assert flat == {"type": "reaction", "reactionText": "🙏", "msgId": f"true_{CHAT}_3EB0"}
    nested = happenings.reaction_as_message(Engine.NOWEB, "false_x_3A", **given)["_data"]
    assert nested["message"]["reactionMessage"]["text"] == "🙏"

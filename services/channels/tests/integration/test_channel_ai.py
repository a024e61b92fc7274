"""What machines do with a channel's messages is said by the channel."""

from typing import Any

import msgspec
import pytest

from proto_events import envelope as frame

SWITCHES = ("process_image", "process_audio", "process_voice", "process_video", "process_document")


async def test_machines_are_off_until_they_are_switched_on(api: Any) -> None:
    shown = await api.create()
    assert shown["ai_enabled"] is False
    assert shown["debounce_timeout_ms"] == 15_000
    assert shown["ai_processing"] == dict.fromkeys(SWITCHES, True)


async def test_a_switch_that_is_not_given_stays(api: Any, pipeline: Any) -> None:
    shown = await api.create(
        ai_enabled=True, debounce_timeout_ms=0, ai_processing={"process_video": False}
    )
    path = f"/v1/channels/{shown['id']}"
    answer = await api.call("PATCH", path, json={"ai_processing": {"process_image": False}})
    assert answer.status_code == 200, answer.text
    assert answer.json()["debounce_timeout_ms"] == 0
    off = {name for name, on in answer.json()["ai_processing"].items() if not on}
    assert off == {"process_video", "process_image"}
    answer = await api.call("PATCH", path, json={"ai_enabled": False})
    assert answer.json()["ai_enabled"] is False
    told = [
        msgspec.json.decode(frame.decode(row["envelope"]).data)
        for row in await pipeline.rows("ventros.events")
    ]
    assert [data.get("ai") for data in told] == [
        {"debounce_timeout_ms": 0, "processed": ["image", "audio", "voice", "document"]},
        {"debounce_timeout_ms": 0, "processed": ["audio", "voice", "document"]},
        None,
    ]


@pytest.mark.parametrize("given", [{"debounce_timeout_ms": 300_001}, {"debounce_timeout_ms": -1}])
async def test_a_pause_has_its_bounds(api: Any, given: dict[str, Any]) -> None:
    shown = await api.create()
    answer = await api.call("PATCH", f"/v1/channels/{shown['id']}", json=given)
    assert answer.status_code == 400

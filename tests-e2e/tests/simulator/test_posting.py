"""Webhooks as a receiver gets them: signed, retried, duplicated, held back, lost."""

import hashlib
import hmac
import itertools
import json

import pytest

pytestmark = pytest.mark.timeout(30)

CUSTOMER = {"phone": "554400000003", "lid": "10000000000004"}


def hook(receiver, *events: str, attempts: int = 3, **more: object) -> dict:
    retries = {"policy": "constant", "delaySeconds": 0.05, "attempts": attempts}
    return {"url": receiver.url, "events": list(events), "retries": retries, **more}


def of_event(receiver, event: str) -> list[dict]:
    documents = [json.loads(one.body) for one in receiver.received]
    return [one for one in documents if one["event"] == event]


async def test_a_webhook_is_signed_over_its_raw_bytes(waha, receiver) -> None:
    await waha.session("s", hook(receiver, "message.any", hmac={"key": "segredo"}))
    written = await waha.write("s", person=CUSTOMER, text="Olá, ação!", wait=True)
    assert [line["outcome"] for line in written["deliveries"]] == ["delivered"]
    (got,) = receiver.received
    mac = hmac.new(b"segredo", got.body, hashlib.sha512).hexdigest()
    assert got.headers["X-Webhook-Hmac"] == mac
    assert got.headers["X-Webhook-Hmac-Algorithm"] == "sha512"
    assert json.loads(got.body)["id"] == written["event_ids"][1]


async def test_message_and_message_any_are_two_envelopes_of_one_message(waha, receiver) -> None:
    await waha.session("s", hook(receiver, "message", "message.any"))
    await waha.write("s", person=CUSTOMER, wait=True)
    (one,), (other,) = of_event(receiver, "message"), of_event(receiver, "message.any")
    assert one["payload"]["id"] == other["payload"]["id"]
    assert one["id"] != other["id"]


async def test_what_is_typed_on_the_phone_is_only_in_message_any(waha, receiver) -> None:
    await waha.session("s", hook(receiver, "*"))
    await waha.write("s", person=CUSTOMER, from_me=True, wait=True)
    assert of_event(receiver, "message") == []
    (own,) = of_event(receiver, "message.any")
    assert own["payload"]["fromMe"] is True


async def test_a_failing_receiver_gets_it_again_under_the_same_request_id(waha, receiver) -> None:
    receiver.statuses = [500, 429]
    await waha.session("s", hook(receiver, "message"))
    written = await waha.write("s", person=CUSTOMER, wait=True)
    (line,) = written["deliveries"]
    assert (line["outcome"], line["attempts"], line["status"]) == ("delivered", 3, 200)
    assert len({one.headers["X-Webhook-Request-Id"] for one in receiver.received}) == 1
    assert len({one.body for one in receiver.received}) == 1
    times = [one.at for one in receiver.received]
    assert all(later - earlier >= 0.04 for earlier, later in itertools.pairwise(times))


async def test_retries_end_with_the_attempts(waha, receiver) -> None:
    receiver.statuses = [503] * 10
    await waha.session("s", hook(receiver, "message", attempts=2))
    written = await waha.write("s", person=CUSTOMER, wait=True)
    assert written["deliveries"][0]["outcome"] == "given_up"
    assert len(receiver.received) == 3


async def test_a_refusal_is_final(waha, receiver) -> None:
    receiver.statuses = [404]
    await waha.session("s", hook(receiver, "message"))
    written = await waha.write("s", person=CUSTOMER, wait=True)
    assert written["deliveries"][0]["outcome"] == "refused"
    assert len(receiver.received) == 1


async def test_nobody_listening_is_retried(waha, receiver) -> None:
    await waha.session("s", hook(receiver, "message", attempts=1) | {"url": "http://127.0.0.1:1/"})
    written = await waha.write("s", person=CUSTOMER, wait=True)
    (line,) = written["deliveries"]
    assert (line["outcome"], line["status"], line["attempts"]) == ("given_up", None, 2)


async def test_copies_share_an_envelope_and_repeats_do_not(waha, receiver) -> None:
    await waha.session("s", hook(receiver, "message"))
    await waha.write("s", person=CUSTOMER, copies=3, wait=True)
    assert len({one["id"] for one in of_event(receiver, "message")}) == 1
    receiver.received.clear()
    await waha.write("s", person=CUSTOMER, repeats=3, wait=True)
    told = of_event(receiver, "message")
    assert len({one["id"] for one in told}) == 3
    assert len({one["payload"]["id"] for one in told}) == 1


async def test_faults_lose_and_duplicate_and_break(waha, receiver) -> None:
    await waha.session("s", hook(receiver, "message", attempts=20))
    await waha.call("PUT", "/simulator/faults", {"lose": 1.0})
    assert (await waha.write("s", person=CUSTOMER, wait=True))["deliveries"][0]["outcome"] == "lost"
    assert receiver.received == []
    assert await waha.call("POST", "/simulator/deliveries/again") == {"deliveries": 1}
    assert receiver.received == []
    await waha.call("PUT", "/simulator/faults", {})
    assert await waha.call("POST", "/simulator/deliveries/again") == {"deliveries": 1}
    await receiver.until(lambda got: len(got) == 1)
    assert await waha.call("POST", "/simulator/deliveries/again") == {"deliveries": 0}
    receiver.received.clear()
    await waha.call("PUT", "/simulator/faults", {"duplicate": 1.0, "fail": 0.5})
    written = await waha.write("s", person=CUSTOMER, wait=True)
    assert [line["outcome"] for line in written["deliveries"]] == ["delivered", "delivered"]
    assert len(receiver.received) == 2
    assert receiver.received[0].body == receiver.received[1].body


async def test_reordering_holds_back_until_enough_are_there(waha, receiver) -> None:
    await waha.session("s", hook(receiver, "message"))
    await waha.call("PUT", "/simulator/faults", {"reorder": 5})
    for number in range(4):
        await waha.write("s", person=CUSTOMER, text=str(number))
    assert receiver.received == []
    await waha.write("s", person=CUSTOMER, text="4", wait=True)
    await receiver.until(lambda got: len(got) == 5)
    bodies = [one["payload"]["body"] for one in of_event(receiver, "message")]
    assert sorted(bodies) == ["0", "1", "2", "3", "4"]


async def test_the_log_tells_what_became_of_each(waha, receiver) -> None:
    receiver.statuses = [404]
    await waha.session("s", hook(receiver, "message", "session.status"))
    await receiver.until(lambda got: len(got) == 3)
    await waha.call("DELETE", "/simulator/deliveries", status=204)
    written = await waha.write("s", person=CUSTOMER, wait=True)
    (line,) = await waha.call("GET", "/simulator/deliveries?session=s&outcome=delivered")
    assert line["message_id"] == written["message_id"]
    summary = await waha.call("GET", "/simulator/deliveries/summary?session=s")
    assert summary == {"outcomes": {"delivered": 1}, "under_way": 0}


async def test_a_batch_in_order_arrives_in_order(waha, receiver) -> None:
    await waha.session("s", hook(receiver, "message.any"))
    await waha.call("PUT", "/simulator/faults", {"delay_seconds": 0.02})
    messages = [{"person": CUSTOMER, "text": str(number)} for number in range(8)]
    body = {"messages": messages, "in_order": True}
    await waha.call("POST", "/simulator/sessions/s/batch", body, 201)
    texts = [one["payload"]["body"] for one in of_event(receiver, "message.any")]
    assert texts == [str(number) for number in range(8)]


async def test_any_event_of_the_list_can_be_posted(waha, receiver) -> None:
    await waha.session("s", hook(receiver, "presence.update"))
    payload = {"id": "554400000003@c.us", "presences": []}
    body = {"event": "presence.update", "payload": payload, "wait": True}
    await waha.call("POST", "/simulator/sessions/s/events", body, 201)
    (document,) = of_event(receiver, "presence.update")
    assert document["payload"] == payload
    assert document["me"]["id"] == "554400000001@c.us"

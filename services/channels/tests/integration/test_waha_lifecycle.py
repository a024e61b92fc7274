"""WAHA's sessions and look-ups as we call them, against a server that answers as it does."""

from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any

import pytest

from platform_outbound import Outbound as Calls
from ventros_channels.adapters.waha.adapter import Waha
from ventros_channels.adapters.waha.hooks import EVENTS
from ventros_channels.adapters.waha.lifecycle import WahaLifecycle
from ventros_channels.adapters.waha.look_ups import WahaLookUps
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.lifecycle import (
    Account,
    ConnectionState,
    Hook,
    PasskeyAssertion,
    PasskeySignature,
)
from ventros_channels.domain.look_ups import KnownLid, KnownPhone
from ventros_channels.domain.provider_errors import (
    ChannelNotReady,
    ChannelSessionMissing,
    ProviderAddressRefused,
    ProviderBusy,
    ProviderError,
    ProviderKeyRefused,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnreachable,
)
from ventros_channels.events.waha.parse_event import FACT_EVENTS

from ..waha_script import Script, listening

HOOK = Hook(url="https://crm.example/webhooks/w-1", hmac_key="k" * 32)
ME = {"id": "554400000001@c.us", "lid": "10000000000002@lid", "pushName": "Loja"}
OURS = {
    "url": HOOK.url,
    "events": list(EVENTS),
    "hmac": {"key": HOOK.hmac_key},
    "retries": {"policy": "exponential", "delaySeconds": 2, "attempts": 15},
}
SESSION = "/api/sessions/loja"
PNG = b"\x89PNG\r\n\x1a\n and more"


def session(status: str = "WORKING", **more: Any) -> dict[str, Any]:
    return {"name": "loja", "status": status, "presence": None, **more}


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    async with listening() as one:
        yield one


@pytest.fixture
async def waha() -> AsyncIterator[Waha]:
    waha = Waha(Calls(allow=(ip_network("127.0.0.0/8"),), timeout=5))
    yield waha
    await waha.close()


@pytest.fixture
def lifecycle(waha: Waha) -> WahaLifecycle:
    return waha.lifecycle


@pytest.fixture
def look_ups(waha: Waha) -> WahaLookUps:
    return waha.look_ups


@pytest.fixture
def at(script: Script) -> Connection:
    return Connection(base_url=script.url, session="loja", api_key="k-1")


def test_every_event_that_is_read_is_asked_for_and_no_other() -> None:
    assert set(EVENTS) == FACT_EVENTS | {"message.any"}


async def test_a_session_that_is_not_there_is_made_and_started(
    lifecycle: WahaLifecycle, at: Connection, script: Script
) -> None:
    script.answers[f"GET {SESSION}"] = [(404, {}), (200, session("SCAN_QR_CODE", me=None))]
    script.answers["POST /api/sessions"] = (201, session("STARTING"))
    assert await lifecycle.connect(at, HOOK) == ConnectionState(status="SCAN_QR_CODE")
    _, made = script.asked[1]
    assert made["name"] == "loja"
    assert made["start"] is True
    assert made["config"]["webhooks"] == [OURS]
    assert script.keys == {"k-1"}


async def test_a_session_that_is_there_keeps_what_others_set(
    lifecycle: WahaLifecycle, at: Connection, script: Script
) -> None:
    others = {"url": "https://other.example", "events": ["message"]}
    old = {"url": HOOK.url, "events": ["message"], "customHeaders": [{"name": "a", "value": "b"}]}
    config = {"proxy": {"server": "p:1"}, "webhooks": [old, others]}
    script.answers[f"GET {SESSION}"] = (200, session(config=config, me=ME))
    script.answers[f"PUT {SESSION}"] = (200, session())
    script.answers[f"POST {SESSION}/start"] = (201, session())
    account = Account(address="554400000001@s.whatsapp.net", lid="10000000000002@lid", name="Loja")
    assert await lifecycle.connect(at, HOOK) == ConnectionState(status="WORKING", account=account)
    put = next(body for asked, body in script.asked if asked.startswith("PUT"))
    assert put["config"] == {
        "proxy": {"server": "p:1"},
        "webhooks": [{**old, **OURS}, others],
    }


async def test_a_session_that_is_as_it_should_be_is_not_written_to(
    lifecycle: WahaLifecycle, at: Connection, script: Script
) -> None:
    """WAHA restarts a session whose configuration it is given."""
    script.answers[f"GET {SESSION}"] = (200, session(config={"webhooks": [OURS]}))
    script.answers[f"POST {SESSION}/start"] = (201, session())
    await lifecycle.connect(at, HOOK)
    assert script.of("PUT") == []
    assert script.of("POST") == [f"{SESSION}/start"]


async def test_a_session_that_somebody_else_makes_meanwhile_is_taken(
    lifecycle: WahaLifecycle, at: Connection, script: Script
) -> None:
    script.answers[f"GET {SESSION}"] = [(404, {}), (200, session(config={"webhooks": [OURS]}))]
    script.answers["POST /api/sessions"] = (422, {"message": "already exists"})
    script.answers[f"POST {SESSION}/start"] = (201, session())
    assert (await lifecycle.connect(at, HOOK)).status == "WORKING"


async def test_what_is_refused_at_the_making_stays_refused(
    lifecycle: WahaLifecycle, at: Connection, script: Script
) -> None:
    script.answers["POST /api/sessions"] = (422, {"message": "WAHA Core has one session"})
    with pytest.raises(ProviderRefused):
        await lifecycle.connect(at, HOOK)


@pytest.mark.parametrize(
    ("act", "path"),
    [("start", "start"), ("stop", "stop"), ("restart", "restart"), ("log_out", "logout")],
)
async def test_each_act_is_posted_and_the_state_is_read(
    lifecycle: WahaLifecycle, at: Connection, script: Script, act: str, path: str
) -> None:
    script.answers[f"GET {SESSION}"] = (200, session("A_WORD_OF_TOMORROW"))
    script.answers[f"POST {SESSION}/{path}"] = (201, session())
    assert await getattr(lifecycle, act)(at) == ConnectionState(status="A_WORD_OF_TOMORROW")
    assert script.of("POST") == [f"{SESSION}/{path}"]


async def test_a_session_is_removed_once_and_again(
    lifecycle: WahaLifecycle, at: Connection, script: Script
) -> None:
    script.answers[f"DELETE {SESSION}"] = [(200, {}), (404, {})]
    await lifecycle.remove(at)
    await lifecycle.remove(at)
    assert script.of("DELETE") == [SESSION, SESSION]


async def test_a_number_is_paired_in_each_way(
    lifecycle: WahaLifecycle, at: Connection, script: Script
) -> None:
    auth = "/api/loja/auth"
    script.answers |= {
        f"GET {auth}/qr?format=raw": (200, {"value": "2@abc"}),
        f"GET {auth}/qr?format=image": (200, PNG),
        f"POST {auth}/request-code": (201, {"code": "ABCD-1234"}),
        f"GET {auth}/passkey/challenge": (
            200,
            {
                "challenge": "Y2g",
                "timeout": 60000,
                "rpId": "web.whatsapp.com",
                "allowCredentials": [{"id": "aWQ", "type": "public-key"}],
                "userVerification": "required",
            },
        ),
        f"POST {auth}/passkey": (201, {}),
        f"GET {auth}/passkey/confirmation": (200, {"code": "1234"}),
        f"POST {auth}/passkey/confirm": (201, {}),
    }
    assert await lifecycle.qr_text(at) == "2@abc"
    assert await lifecycle.qr_picture(at) == PNG
    assert script.accepted[-1] == "image/png"
    assert await lifecycle.pairing_code(at, "+5544999990000") == "ABCD-1234"
    assert script.asked[-1][1] == {"phoneNumber": "5544999990000"}
    challenge = await lifecycle.passkey_challenge(at)
    assert (challenge.challenge, challenge.rp_id) == ("Y2g", "web.whatsapp.com")
    signed = PasskeySignature(client_data_json="Yw", authenticator_data="YQ", signature="cw")
    assertion = PasskeyAssertion(
        id="aWQ", raw_id="aWQ", type="public-key", response=signed, authenticator_attachment="x"
    )
    await lifecycle.answer_passkey(at, assertion)
    assert script.asked[-1][1] == {
        "id": "aWQ",
        "rawId": "aWQ",
        "type": "public-key",
        "response": {"clientDataJSON": "Yw", "authenticatorData": "YQ", "signature": "cw"},
    }
    assert await lifecycle.passkey_code(at) == "1234"
    await lifecycle.confirm_passkey(at)


@pytest.mark.parametrize(
    ("status", "document", "error"),
    [
        (401, {}, ProviderKeyRefused),
        (404, {}, ChannelSessionMissing),
        (422, {"status": "WORKING", "expected": ["SCAN_QR_CODE"]}, ChannelNotReady),
        (400, {"message": "bad"}, ProviderRefused),
        (429, {}, ProviderBusy),
        (500, {}, ProviderUnreachable),
        (302, {}, ProviderRefused),
        (200, "odd", ProviderUnreachable),
        (200, {}, ProviderUnreachable),
        (200, {"value": "x" * 5000}, ProviderUnreachable),
    ],
)
async def test_what_an_answer_means(
    lifecycle: WahaLifecycle,
    at: Connection,
    script: Script,
    status: int,
    document: Any,
    error: type[ProviderError],
) -> None:
    script.answers["GET /api/loja/auth/qr?format=raw"] = (status, document)
    with pytest.raises(ProviderError) as raised:
        await lifecycle.qr_text(at)
    assert type(raised.value) is error


async def test_a_picture_that_is_none_is_not_passed_on(
    lifecycle: WahaLifecycle, at: Connection, script: Script
) -> None:
    script.answers["GET /api/loja/auth/qr?format=image"] = (200, b"<html>")
    with pytest.raises(ProviderUnreachable):
        await lifecycle.qr_picture(at)


async def test_a_server_that_is_not_there_or_inside(
    lifecycle: WahaLifecycle, at: Connection, script: Script
) -> None:
    nowhere = Connection(base_url="http://127.0.0.1:1", session="loja", api_key=None)
    with pytest.raises(ProviderUnreachable):
        await lifecycle.state(nowhere)
    with pytest.raises(ProviderAddressRefused):
        await Waha(Calls()).lifecycle.state(at)
    assert script.asked == []


async def test_a_server_that_does_not_answer_in_time(at: Connection, script: Script) -> None:
    script.answers[f"GET {SESSION}"] = (200, session())
    impatient = Waha(Calls(allow=(ip_network("127.0.0.0/8"),), timeout=0.000_001))
    with pytest.raises(ProviderTimedOut):
        await impatient.lifecycle.state(at)
    await impatient.close()


async def test_what_waha_knows_of_somebody(
    look_ups: WahaLookUps, at: Connection, script: Script
) -> None:
    exists = "GET /api/contacts/check-exists?phone=5544999990000&session=loja"
    script.answers[exists] = [
        (200, {"numberExists": True, "chatId": "554499990000@c.us"}),
        (200, {"numberExists": False}),
    ]
    chat = "554499990000@s.whatsapp.net"
    assert await look_ups.phone(at, "+5544999990000") == KnownPhone(exists=True, chat=chat)
    assert await look_ups.phone(at, "+5544999990000") == KnownPhone(exists=False)
    script.answers["GET /api/loja/lids/99@lid"] = [
        (200, {"lid": "99@lid", "pn": "554499990000@c.us"}),
        (200, {"lid": "99@lid", "pn": None}),
    ]
    found = await look_ups.lid(at, "99@lid")
    assert found == KnownLid(lid="99@lid", phone="+554499990000")
    assert await look_ups.lid(at, "99@lid") == KnownLid(lid="99@lid")


@pytest.mark.parametrize(
    ("document", "url"),
    [
        ({"profilePictureURL": "https://pps.example/a.jpg"}, "https://pps.example/a.jpg"),
        ({"profilePictureURL": None}, None),
        ({"profilePictureURL": "javascript:x"}, None),
        ({"profilePictureURL": "https://x/" + "a" * 5000}, None),
        ({}, None),
    ],
)
async def test_a_profile_picture_is_an_address_or_none(
    look_ups: WahaLookUps, at: Connection, script: Script, document: Any, url: str | None
) -> None:
    path = "/api/contacts/profile-picture?contactId=554499990000@c.us&session=loja"
    script.answers[f"GET {path}"] = (200, document)
    assert await look_ups.profile_picture(at, "554499990000@s.whatsapp.net") == url

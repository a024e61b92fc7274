"""A number from its making to its first message: connected, scanned, stopped, logged out."""

from uuid import uuid4

import msgspec
import pytest
from msgspec import Struct

from ventros_e2e.api import Channel, Problem
from ventros_e2e.crowd import mobile, somebody
from ventros_e2e.waha import Waha
from ventros_e2e.waiting import eventually
from waha_simulator.http.control import Write
from waha_simulator.http.pairing import RequirePasskey, Scan, TypeCode
from waha_simulator.http.profiles import ShowPicture
from waha_simulator.people import Person

pytestmark = pytest.mark.e2e

OWNER = Person(phone=mobile("41", 20_000_077), lid=str(8 * 10**13 + 77), name="Loja")
SIGNED = {"clientDataJSON": "Yw", "authenticatorData": "YQ", "signature": "cw"}


class State(Struct, frozen=True, kw_only=True):
    """The connection at the provider."""

    status: str
    account: dict | None = None


class Shown(Struct, frozen=True, kw_only=True):
    """The channel as the API shows it."""

    connection_status: str | None = None


class Qr(Struct, frozen=True, kw_only=True):
    """What the code says."""

    value: str


class Code(Struct, frozen=True, kw_only=True):
    """A code."""

    code: str


class Found(Struct, frozen=True, kw_only=True):
    """A look-up's answer."""

    exists: bool = False
    chat: str | None = None
    url: str | None = None


class Number:
    """A channel that is made by the API alone, and the WAHA that it is connected at."""

    def __init__(self, tenant, waha: Waha) -> None:
        self.tenant, self.api, self.waha = tenant, tenant.api, waha
        self.session = f"number-{uuid4().hex[:12]}"
        self.path = ""

    async def make(self) -> None:
        body = {
            "name": "Loja",
            "type": "waha",
            "external_id": f"+{OWNER.phone}",
            "config": {"base_url": self.waha.url, "session": self.session},
            "api_key": self.waha.api_key,
        }
        made = await self.api.send("POST", "/v1/channels", body, Channel)
        self.path = f"/v1/channels/{made.id}"

    async def act(self, name: str) -> State:
        key = uuid4().hex
        return await self.api.send("POST", f"{self.path}/{name}", None, State, key=key)

    async def state(self) -> State:
        return await self.api.get(f"{self.path}/connection", State)

    async def qr(self) -> str:
        headers = {"Accept": "application/json"}
        answer = await self.api.call("GET", f"{self.path}/connection/qr", headers=headers)
        return msgspec.json.decode(answer, type=Qr).value

    async def scanned(self) -> None:
        scan = Scan(text=await self.qr(), owner=OWNER)
        await self.waha.call("POST", f"/simulator/sessions/{self.session}/scan", scan)

    async def becomes(self, status: str) -> None:
        """By webhook alone."""

        async def look() -> bool:
            return (await self.api.get(self.path, Shown)).connection_status == status

        await eventually(look, f"the channel's connection is {status}")

    async def shows(self, contact_id: str, url: str) -> None:
        """The contact's picture is asked for, and kept."""

        async def look() -> bool:
            try:
                path = f"/v1/contacts/{contact_id}/profile-picture"
                return (await self.api.get(path, Found)).url == url
            except Problem as problem:
                if problem.code != "profile_picture_unknown":
                    raise
                return False

        await eventually(look, f"the contact shows {url}")


@pytest.fixture
async def number(stack, tenant) -> Number:
    one = Number(tenant, Waha(stack.waha_url, stack.waha_key, tenant.client))
    await one.make()
    return one


async def test_a_number_is_connected_scanned_and_heard(number: Number) -> None:
    with pytest.raises(Problem) as missing:
        await number.act("start")
    assert missing.value.code == "channel_session_missing"
    assert await number.act("connect") == State(status="SCAN_QR_CODE")
    await number.becomes("SCAN_QR_CODE")
    picture = await number.api.call("GET", f"{number.path}/connection/qr")
    assert picture.startswith(b"\x89PNG")
    await number.scanned()
    await number.becomes("WORKING")
    state = await number.state()
    assert state.account is not None
    assert state.account["address"] == f"{OWNER.phone}@s.whatsapp.net"
    ana = somebody("Ana")
    shown = ShowPicture(chat_id=f"{ana.phone}@c.us", url="https://pps.example/ana.jpg")
    await number.waha.call("PUT", "/simulator/pictures", shown)
    written = await number.waha.write(number.session, Write(person=ana, text="oi"))
    message = await number.tenant.inbox.the_message(written.stanza)
    await number.shows(message.contact_id, "https://pps.example/ana.jpg")
    chat = await number.api.get(f"{number.path}/look-ups/phone", Found, phone=f"+{ana.phone}")
    assert chat.exists


async def test_a_number_is_stopped_started_and_logged_out(number: Number) -> None:
    await number.act("connect")
    await number.scanned()
    await number.becomes("WORKING")
    assert (await number.act("stop")).status == "STOPPED"
    await number.becomes("STOPPED")
    assert (await number.act("start")).status == "WORKING"
    await number.becomes("WORKING")
    assert (await number.act("log-out")).status == "SCAN_QR_CODE"
    await number.becomes("SCAN_QR_CODE")
    await number.api.call("DELETE", f"{number.path}?disconnect=true")
    assert not await number.waha.knows(number.session)


async def test_a_number_is_paired_by_a_code_and_by_a_passkey(number: Number) -> None:
    await number.act("connect")
    asked = {"phone": f"+{OWNER.phone}"}
    code = await number.api.send("POST", f"{number.path}/connection/pairing-code", asked, Code)
    control = f"/simulator/sessions/{number.session}"
    await number.waha.call("POST", f"{control}/type-code", TypeCode(code=code.code, owner=OWNER))
    await number.becomes("WORKING")
    await number.act("log-out")
    await number.waha.call("POST", f"{control}/require-passkey", RequirePasskey(owner=OWNER))
    await number.becomes("PASSKEY_REQUIRED")
    passkey = f"{number.path}/connection/passkey"
    challenge = await number.api.get(passkey, dict)
    (allowed,) = challenge["allowCredentials"]
    assertion = {"id": allowed["id"], "rawId": allowed["id"], "type": "public-key"}
    signed = {**assertion, "response": SIGNED}
    assert (await number.api.send("POST", passkey, signed, State)).account is None
    assert len((await number.api.get(f"{passkey}/code", Code)).code) == 4
    assert (await number.api.send("POST", f"{passkey}/confirm", None, State)).status == "WORKING"
    await number.becomes("WORKING")

"""`python -m ventros_e2e.demo.cloud`: a number at the simulated Cloud API, with people who write.

Played again, it is the same number, and more is said. Exits with 1 and one clear line when
something does not happen as it should.
"""

import asyncio
import os
import secrets
import sys
from collections.abc import Mapping
from uuid import uuid4

import aiohttp
import msgspec
from msgspec import Struct
from rich.console import Console

from cloud_simulator.http.control import Write, Written
from cloud_simulator.parties import Number, Person
from ventros_e2e.api import Api, Channel, Message, Outgoing, Problem
from ventros_e2e.demo.screen import Screen
from ventros_e2e.inbox import Inbox
from ventros_e2e.waiting import NotHappenedError, eventually

NUMBER, ACCOUNT = "100000000000077", "200000000000077"
ANA = Person(bsuid="BR.DEMOANA0000001", phone="5541987650077", name="Ana Nuvem")
BIA = Person(bsuid="BR.DEMOBIA0000001", name="Bia", username="bia.na.nuvem")
PHOTO = b"\xff\xd8\xff\xe0" + b"a picture, as far as its first bytes say" * 100
IN_A_MOMENT = 20.0
_VARIABLES = ("API_URL", "DEMO_EMAIL", "DEMO_PASSWORD", "CLOUD_URL")


class _Brought(Struct):
    id: str


class Line:
    """The number, as its tenant and as the people who write to it see it."""

    def __init__(self, api: Api, client: aiohttp.ClientSession, url: str, screen: Screen) -> None:
        self._api, self._client, self._url, self._screen = api, client, url, screen
        self._inbox = Inbox(api)

    async def connect(self) -> Channel:
        """The channel and the simulator's number, with a new token and secret."""
        token, secret = secrets.token_urlsafe(32), secrets.token_hex(16)
        cloud = {
            "phone_number_id": NUMBER,
            "waba_id": ACCOUNT,
            "access_token": token,
            "app_secret": secret,
            "base_url": self._url,
        }
        body = {"name": "Loja na nuvem", "status": "active", "whatsapp_cloud": cloud}
        known = [one async for one in self._api.pages("/v1/channels", Channel)]
        found = next((one for one in known if one.type == "whatsapp_cloud"), None)
        number = Number(
            phone_number_id=NUMBER,
            waba_id=ACCOUNT,
            token=token,
            app_secret=secret,
            webhook_url="" if found is None else found.webhook_url,
        )
        # Before the channel has the token: it is tried at once.
        await self._simulator("PUT", "/simulator/numbers", number)
        if found is None:
            more = {"type": "whatsapp_cloud", "external_id": f"+{NUMBER}"}
            channel = await self._api.send("POST", "/v1/channels", {**body, **more}, Channel)
        else:
            channel = await self._api.send("PATCH", f"/v1/channels/{found.id}", body, Channel)
        told = msgspec.structs.replace(number, webhook_url=channel.webhook_url)
        await self._simulator("PUT", "/simulator/numbers", told)
        return channel

    async def hear(self, person: Person, text: str) -> Message:
        """Somebody writes."""
        told = Write(person=person, text=text)
        answer = await self._simulator("POST", f"/simulator/{NUMBER}/messages", told)
        self._screen.wrote(person.name, text)
        stanza = msgspec.json.decode(answer, type=Written).message_id
        message = await self._inbox.the_message(stanza, within=IN_A_MOMENT)
        shown = "no phone, known by a business-scoped id" if person.phone is None else person.phone
        self._screen.became(f"a message of contact {message.contact_id} ({shown})")
        return message

    async def answer(self, to: Message, content: Mapping[str, object]) -> None:
        """The company answers."""
        body = {"session_id": to.session_id, "content": content}
        sent = await self._api.send("POST", "/v1/messages", body, Outgoing, key=uuid4().hex)
        self._screen.wrote("Loja", str(content.get("text", content["type"])))

        async def delivered() -> bool:
            try:
                found = await self._api.get(f"/v1/messages/{sent.id}", Message)
            except Problem as problem:
                if problem.status != 404:
                    raise
                return False
            return found.status == "delivered"

        await eventually(delivered, f"message {sent.id} is delivered", within=IN_A_MOMENT)
        self._screen.became("taken by the simulated Meta, and delivered")

    async def bring(self) -> str:
        """The id of a picture of ours."""
        headers = {**self._api.headers, "Idempotency-Key": uuid4().hex}
        address = f"{self._api.url}/v1/files?filename=mesa.jpeg"
        async with self._client.post(address, data=PHOTO, headers=headers) as answer:
            answer.raise_for_status()
            return msgspec.json.decode(await answer.read(), type=_Brought).id

    async def _simulator(self, method: str, path: str, body: object) -> bytes:
        content = msgspec.json.encode(body)
        async with self._client.request(method, self._url + path, data=content) as answer:
            answer.raise_for_status()
            return await answer.read()


async def play(places: Mapping[str, str], screen: Screen) -> None:
    """All of it. Raises what `main` translates."""
    url = places["CLOUD_URL"].rstrip("/")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as client:
        api = Api(places["API_URL"], client)
        await api.sign_in(places["DEMO_EMAIL"], places["DEMO_PASSWORD"])
        line = Line(api, client, url, screen)
        screen.scene("A number at the Cloud API")
        channel = await line.connect()
        screen.became(f"channel {channel.id}, posts at {channel.webhook_url}")
        screen.scene("Somebody with a phone")
        ana = await line.hear(ANA, "Oi! Têm mesa para hoje?")
        await line.answer(ana, {"type": "text", "text": "Temos sim!"})
        screen.scene("Somebody with a user name, and a picture for her")
        bia = await line.hear(BIA, "Como é a mesa?")
        picture = {"type": "image", "file_id": await line.bring(), "text": "A mesa"}
        await line.answer(bia, picture)
        timeline = f"/v1/messages?contact_id={bia.contact_id}"
        screen.note(f"what Meta took: curl -s {url}/simulator/{NUMBER}/taken")
        screen.note(f"the timeline: .venv/bin/ventros call GET '{timeline}'")
    screen.end("all as expected")


def main() -> int:
    """Play; the exit code."""
    screen = Screen(Console(highlight=False))
    places = {name: os.environ.get(f"VENTROS_{name}", "") for name in _VARIABLES}
    missing = [f"VENTROS_{name}" for name, value in places.items() if not value]
    if missing:
        screen.failed(f"`make demo-cloud` sets what is missing: {', '.join(missing)}")
        return 1
    try:
        asyncio.run(play(places, screen))
    except (NotHappenedError, Problem) as error:
        screen.failed(str(error))
        return 1
    except (aiohttp.ClientError, OSError) as error:
        screen.failed(f"the system does not answer: {error}")
        return 1
    except KeyboardInterrupt:
        screen.failed("interrupted")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A number at a simulated Cloud API that runs in the test's own process, and what is done with it.

Each test has a simulator of its own: what it has go wrong disturbs no other.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from aiohttp import web

from cloud_simulator.app import create_app
from cloud_simulator.http.edge import SIMULATOR
from cloud_simulator.parties import Number, Person
from cloud_simulator.simulator import CloudSimulator, Line
from ventros_e2e.api import Api, Channel, Message, Outgoing, Problem
from ventros_e2e.inbox import Inbox
from ventros_e2e.waiting import eventually

WITHIN = 30.0


def digits(count: int) -> str:
    """A new id of Meta's."""
    return "1" + str(secrets.randbelow(10 ** (count - 1))).zfill(count - 1)


def somebody(name: str, *, hidden: bool = False) -> Person:
    """A person nobody has met: `hidden` shows no phone."""
    bsuid = f"BR.{secrets.token_hex(8).upper()}"
    if hidden:
        return Person(bsuid=bsuid, name=name, username=f"{name.lower()}.{bsuid[-6:].lower()}")
    return Person(
        bsuid=bsuid, phone=f"5541{90_000_0000 + secrets.randbelow(10_000_0000)}", name=name
    )


class CloudLine:
    """A connected number, as its tenant and as Meta see it."""

    def __init__(self, simulator: CloudSimulator, line: Line, api: Api, channel: Channel) -> None:
        self.meta = simulator
        self.line = line
        self.channel = channel
        self.inbox = Inbox(api)
        self._api = api

    async def write(self, person: Person, text: str = "oi") -> Message:
        """Somebody writes; waits until it is in their timeline."""
        return await self.inbox.the_message(self.meta.write(self.line, person, text))

    async def say(self, session_id: str, content: dict[str, object]) -> str:
        """Ask for a message of ours; its id."""
        body = {"session_id": session_id, "content": content}
        told = await self._api.send("POST", "/v1/messages", body, Outgoing, key=uuid4().hex)
        return told.id

    async def text(self, session_id: str, text: str) -> str:
        """The same with words."""
        return await self.say(session_id, {"type": "text", "text": text})

    async def becomes(self, message_id: str, status: str, *, within: float = WITHIN) -> Outgoing:
        """Wait until it is so; what is known of it then."""

        async def look() -> Outgoing | None:
            path = f"/v1/outgoing-messages/{message_id}"
            found = await self._api.get(path, Outgoing)
            return found if found.status == status else None

        return await eventually(look, f"message {message_id} is {status}", within=within)

    async def shown_as(self, message_id: str, status: str) -> Message:
        """Wait until the timeline shows a message of ours so."""

        async def look() -> Message | None:
            try:
                found = await self._api.get(f"/v1/messages/{message_id}", Message)
            except Problem as problem:
                if problem.status == 404:
                    return None
                raise
            return found if found.status == status else None

        return await eventually(look, f"message {message_id} is shown as {status}", within=WITHIN)


@asynccontextmanager
async def cloud_line(api: Api) -> AsyncIterator[CloudLine]:
    """A channel of the type `whatsapp_cloud` whose Graph is here."""
    app = create_app()
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        number, account, application = digits(15), digits(15), digits(15)
        token, secret = secrets.token_urlsafe(48), secrets.token_hex(16)
        body = {
            "name": "Loja na nuvem",
            "type": "whatsapp_cloud",
            "external_id": f"+{number}",
            "status": "active",
            "whatsapp_cloud": {
                "phone_number_id": number,
                "waba_id": account,
                "access_token": token,
                "app_secret": secret,
                "app_id": application,
                "base_url": url,
            },
        }
        channel = await api.send("POST", "/v1/channels", body, Channel)
        simulator = app[SIMULATOR]
        line = simulator.connect(
            Number(
                phone_number_id=number,
                waba_id=account,
                token=token,
                app_secret=secret,
                app_id=application,
                webhook_url=channel.webhook_url,
            )
        )
        yield CloudLine(simulator, line, api, channel)
    finally:
        await runner.cleanup()

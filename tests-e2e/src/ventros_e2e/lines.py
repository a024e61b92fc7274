"""Connect a number: a channel at the API, and the WAHA session that posts to it."""

import secrets

from ventros_e2e.api import Api, Channel
from ventros_e2e.waha import Waha
from waha_simulator.delivery import Hmac, Policy, Retries, Webhook
from waha_simulator.engines import Engine
from waha_simulator.people import Person

EVENTS = ("message", "message.any", "message.ack", "session.status")


async def have_channel(
    api: Api,
    *,
    name: str,
    external_id: str,
    waha_url: str,
    session: str,
    secret: str,
    timeout_minutes: float | None = None,
    api_key: str | None = None,
    pacing: bool = True,
) -> Channel:
    """The channel of this account with this webhook secret; made when there is none."""
    settings: dict[str, object] = {
        "name": name,
        "config": {"base_url": waha_url, "session": session},
        "default_session_timeout_minutes": timeout_minutes,
        "hmac_secret": secret,
        "status": "active",
        "pacing": pacing,
    }
    if api_key is not None:
        settings["api_key"] = api_key
    known = [one async for one in api.pages("/v1/channels", Channel)]
    for one in known:
        if one.external_id == external_id and one.type == "waha":
            return await api.send("PATCH", f"/v1/channels/{one.id}", settings, Channel)
    body = {**settings, "type": "waha", "external_id": external_id}
    return await api.send("POST", "/v1/channels", body, Channel)


async def connect_line(
    api: Api,
    waha: Waha,
    *,
    session: str,
    owner: Person,
    engine: Engine = Engine.GOWS,
    timeout_minutes: float | None = None,
    pacing: bool = True,
    events: tuple[str, ...] = EVENTS,
    attempts: int = 30,
) -> Channel:
    """A channel whose webhooks the WAHA session of this name posts, signed with a fresh key.

    `attempts` follow the first one, a second apart.
    """
    secret = secrets.token_urlsafe(32)
    channel = await have_channel(
        api,
        name=f"WhatsApp {owner.name}",
        external_id=f"+{owner.phone}",
        waha_url=waha.url,
        session=session,
        secret=secret,
        timeout_minutes=timeout_minutes,
        api_key=waha.api_key,
        pacing=pacing,
    )
    webhook = Webhook(
        url=channel.webhook_url,
        events=events,
        hmac=Hmac(key=secret),
        retries=Retries(policy=Policy.CONSTANT, delay_seconds=1, attempts=attempts),
    )
    await waha.connect(session, webhook, owner, engine)
    return channel

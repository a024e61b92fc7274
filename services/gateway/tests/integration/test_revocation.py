"""Access that was taken back is refused within a second: told by the broker, or by identity."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import aiormq
import httpx
import msgspec
import pytest

from platform_testkit.servers import ServerPark
from platform_testkit.vhosts import VhostMaker
from platform_testkit.waiting import eventually
from proto_events import envelope
from proto_events.envelope import Envelope
from proto_events.registry import DOMAIN_EXCHANGE

from ..conftest import INVALID_TOKEN, KeysOnly, Service, ready

StartGateway = Callable[..., Awaitable[str]]


@pytest.fixture
async def http(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service, amqp_vhost: str
) -> AsyncIterator[httpx.AsyncClient]:
    url = await start_gateway(
        identity_url=keys_only.url, contacts_url=service.url, amqp_url=amqp_vhost
    )
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        await ready(client)
        yield client


def revoked(what: str, identifier: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    until = (now + timedelta(minutes=12)).isoformat()
    return {"what": what, "id": identifier, "revoked_at": now.isoformat(), "matters_until": until}


async def tell(amqp_url: str, type_: str, data: dict[str, Any]) -> None:
    """Publish an event as identity's relay does."""
    event = Envelope(
        id=uuid4(), source="ventros/identity", type=type_, subject=str(data.get("id", "")),
        time=datetime.now(UTC), data_schema=type_, tenant_id=uuid4(), project_id=uuid4(),
        partition_key="x", sequence=1, correlation_id=uuid4(),
        data=msgspec.Raw(msgspec.json.encode(data)),
    )  # fmt: skip
    connection = await aiormq.connect(amqp_url)

    async def heard() -> bool:
        """False while the gateway has bound no queue yet: it knows all from identity so far."""
        channel = await connection.channel()
        try:
            await channel.basic_publish(
                envelope.encode(event), exchange=DOMAIN_EXCHANGE, routing_key=type_, mandatory=True
            )
        except (aiormq.exceptions.PublishError, aiormq.exceptions.ChannelNotFoundEntity):
            return False
        return True

    await eventually(heard)
    await connection.close()


async def refused_soon(http: httpx.AsyncClient, headers: dict[str, str], within: float) -> None:
    async def refused() -> bool:
        answer = await http.get("/v1/contacts", headers=headers)
        if answer.status_code == 200:
            return False
        assert (answer.status_code, answer.json()["code"]) == (401, "token_revoked")
        assert answer.headers["www-authenticate"] == INVALID_TOKEN
        return True

    await eventually(refused, timeout=within)


async def test_a_sign_in_that_ended_is_refused_and_the_persons_other_one_is_not(
    http: httpx.AsyncClient, keys_only: KeysOnly, amqp_vhost: str
) -> None:
    user, ended = str(uuid4()), str(uuid4())
    phone = keys_only.bearer(sub=user, sid=ended)
    laptop = keys_only.bearer(sub=user, sid=str(uuid4()))
    for headers in (phone, laptop):
        assert (await http.get("/v1/contacts", headers=headers)).status_code == 200
    await tell(amqp_vhost, "access.revoked.v1", revoked("sign_in", ended))
    await refused_soon(http, phone, within=1)
    assert (await http.get("/v1/contacts", headers=laptop)).status_code == 200


async def test_a_disabled_user_is_refused(
    http: httpx.AsyncClient, keys_only: KeysOnly, amqp_vhost: str
) -> None:
    told, user = str(uuid4()), str(uuid4())
    await tell(amqp_vhost, "access.revoked.v1", revoked("user", told))
    await refused_soon(http, keys_only.bearer(sub=told, iat=int(time.time()) - 5), within=1)
    data = {"user_id": user, "disabled_by": None, "disabled_at": datetime.now(UTC).isoformat()}
    await tell(amqp_vhost, "user.disabled.v1", data)
    await refused_soon(http, keys_only.bearer(sub=user, iat=int(time.time()) - 5), within=1)


@pytest.mark.parametrize("how", ["made inactive", "deleted"])
async def test_a_project_that_was_closed_is_refused_to_everybody_and_another_is_not(
    http: httpx.AsyncClient, keys_only: KeysOnly, amqp_vhost: str, how: str
) -> None:
    project, application, before = str(uuid4()), str(uuid4()), int(time.time()) - 5
    person = keys_only.bearer(pid=project, sid=str(uuid4()), iat=before)
    itself = {"kind": "application", "role": None, "sub": application, "client_id": application}
    program = keys_only.bearer(**itself, scope="contact:list", pid=project, iat=before)
    elsewhere = keys_only.bearer(iat=before)
    if how == "deleted":
        await tell(amqp_vhost, "project.deleted.v1", {"project_id": project})
    else:
        customer = str(uuid4())
        data = {"project_id": project, "customer_id": customer, "name": "x", "time_zone": "UTC"}
        other = str(uuid4())
        # What is said of a project that goes on takes nothing from anybody.
        told = {**data, "project_id": other, "active": True}
        await tell(amqp_vhost, "project.updated.v1", told)
        await tell(amqp_vhost, "project.updated.v1", {**data, "active": False})
        elsewhere = keys_only.bearer(iat=before, pid=other)
    for headers in (person, program):
        await refused_soon(http, headers, within=1)
    assert (await http.get("/v1/contacts", headers=elsewhere)).status_code == 200
    # Once it is open again.
    later = keys_only.bearer(pid=project, iat=int(time.time()) + 2)
    assert (await http.get("/v1/contacts", headers=later)).status_code == 200


async def test_what_cannot_be_read_is_passed_over(
    http: httpx.AsyncClient, keys_only: KeysOnly, amqp_vhost: str
) -> None:
    sign_in = str(uuid4())
    await tell(amqp_vhost, "access.revoked.v1", {"what": "nonsense"})
    await tell(amqp_vhost, "access.revoked.v1", revoked("sign_in", sign_in))
    await refused_soon(http, keys_only.bearer(sid=sign_in), within=1)


async def test_what_was_revoked_before_the_start_is_known_from_identity(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service, amqp_vhost: str
) -> None:
    sign_in = str(uuid4())
    keys_only.revoked = [revoked("sign_in", sign_in)]
    url = await start_gateway(
        identity_url=keys_only.url, contacts_url=service.url, amqp_url=amqp_vhost
    )
    async with httpx.AsyncClient(base_url=url) as http:
        await ready(http)
        answer = await http.get("/v1/contacts", headers=keys_only.bearer(sid=sign_in))
        assert (answer.status_code, answer.json()["code"]) == (401, "token_revoked")
    assert service.seen == []


async def test_until_identity_has_said_what_is_revoked_nobody_is_let_in(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service, amqp_vhost: str
) -> None:
    keys_only.revoked = [{"what": "not to be understood"}]
    url = await start_gateway(
        identity_url=keys_only.url, contacts_url=service.url, amqp_url=amqp_vhost
    )
    async with httpx.AsyncClient(base_url=url) as http:

        async def keys_are_there() -> bool:
            answer = await http.get("/v1/contacts", headers=keys_only.bearer())
            assert answer.status_code == 503
            return bool(answer.json()["code"] == "revocations_unavailable")

        await eventually(keys_are_there)
        health = await http.get("/health/ready")
        assert (health.status_code, health.json()["parts"]["revocations"]) == (503, False)
        keys_only.revoked = []
        await ready(http)
        assert (await http.get("/v1/contacts", headers=keys_only.bearer())).status_code == 200


async def test_without_the_broker_identity_is_asked_and_the_gap_is_closed(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service,
    server_park: ServerPark,
) -> None:  # fmt: skip
    vhosts = VhostMaker(server_park.amqp_url(), server_park.amqp_management_url())
    own_vhost = await vhosts.make()
    url = await start_gateway(
        identity_url=keys_only.url, contacts_url=service.url, amqp_url=own_vhost
    )
    async with httpx.AsyncClient(base_url=url) as http:
        await ready(http)
        sign_in = str(uuid4())
        headers = keys_only.bearer(sid=sign_in)
        await vhosts.delete(own_vhost)
        assert (await http.get("/v1/contacts", headers=headers)).status_code == 200
        keys_only.revoked = [revoked("sign_in", sign_in)]
        await refused_soon(http, headers, within=5)
        assert (await http.get("/health/ready")).status_code == 200


async def test_without_both_the_map_goes_on_and_the_gateway_is_not_ready(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service,
    server_park: ServerPark,
) -> None:  # fmt: skip
    """docs/decisions/0012"""
    vhosts = VhostMaker(server_park.amqp_url(), server_park.amqp_management_url())
    own_vhost = await vhosts.make()
    known, unheard = str(uuid4()), str(uuid4())
    keys_only.revoked = [revoked("sign_in", known)]
    url = await start_gateway(
        identity_url=keys_only.url, contacts_url=service.url, amqp_url=own_vhost
    )
    async with httpx.AsyncClient(base_url=url) as http:
        await ready(http)
        keys_only.revoked = [{"what": "not to be understood"}]
        await vhosts.delete(own_vhost)

        async def not_ready() -> bool:
            return (await http.get("/health/ready")).status_code == 503

        await eventually(not_ready, timeout=20)
        refused = await http.get("/v1/contacts", headers=keys_only.bearer(sid=known))
        assert (refused.status_code, refused.json()["code"]) == (401, "token_revoked")
        let_in = await http.get("/v1/contacts", headers=keys_only.bearer(sid=unheard))
        assert let_in.status_code == 200
        keys_only.revoked = [revoked("sign_in", unheard)]
        await refused_soon(http, keys_only.bearer(sid=unheard), within=5)


async def test_an_open_stream_is_closed_when_its_access_ends(
    http: httpx.AsyncClient, keys_only: KeysOnly, service: Service, amqp_vhost: str
) -> None:
    sign_in = UUID(int=uuid4().int)
    begun = asyncio.Event()

    async def endless(_: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        begun.set()
        while (await receive())["type"] != "http.disconnect":
            pass

    service.answer = endless
    headers = keys_only.bearer(sid=str(sign_in))
    async with http.stream("GET", "/v1/contacts", headers=headers) as answer:
        await asyncio.wait_for(begun.wait(), 5)
        await tell(amqp_vhost, "access.revoked.v1", revoked("sign_in", str(sign_in)))
        with pytest.raises(httpx.RemoteProtocolError):
            await asyncio.wait_for(answer.aread(), 5)

"""Server-sent events with the real broker: to whom, from where on, and how it ends."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from platform_testkit.servers import ServerPark
from platform_testkit.vhosts import VhostMaker
from platform_testkit.waiting import eventually

from ..conftest import KeysOnly, Service, ready
from .listening import STREAM, Stream, Teller, listening, made, teller
from .test_revocation import revoked, tell

StartGateway = Callable[..., Awaitable[str]]


@pytest.fixture
async def url(
    start_gateway: StartGateway, keys_only: KeysOnly, service: Service, amqp_vhost: str
) -> str:
    return await start_gateway(
        identity_url=keys_only.url, contacts_url=service.url, amqp_url=amqp_vhost
    )


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=20, limits=limits) as client:
        await ready(client)
        yield client


@pytest.fixture
async def say(amqp_vhost: str, http: httpx.AsyncClient) -> AsyncIterator[Teller]:
    async with teller(amqp_vhost) as one:
        yield one


@pytest.fixture
def place() -> tuple[str, str]:
    return str(uuid4()), str(uuid4())


@pytest.fixture
def mine(keys_only: KeysOnly, place: tuple[str, str]) -> dict[str, str]:
    return keys_only.bearer(tid=place[0], pid=place[1])


async def test_a_stream_tells_of_its_own_project_alone(
    http: httpx.AsyncClient, keys_only: KeysOnly, say: Teller
) -> None:
    tenants = [str(uuid4()) for _ in range(2)]
    places = [(tenant, str(uuid4())) for tenant in tenants for _ in range(2)]
    async with contextlib.AsyncExitStack() as stack:
        streams: list[Stream] = []
        for tenant, project in places:
            headers = keys_only.bearer(tid=tenant, pid=project)
            streams.append(await stack.enter_async_context(listening(http, headers)))
        told = [(place, await say.tell(made(*place))) for _ in range(5) for place in places]
        for place, stream in zip(places, streams, strict=True):
            own = [ids[0] for each, ids in told if each == place]
            assert await stream.events(5) == own


async def test_what_is_said_and_how(
    http: httpx.AsyncClient, mine: dict[str, str], place: tuple[str, str], say: Teller
) -> None:
    async with listening(http, mine, "?types=contact.*,message.created.v1") as stream:
        headers = stream.answer.headers
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert headers["cache-control"] == "no-store"
        assert headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in headers
        assert "ratelimit" in headers
        await say.tell(made(*place, "session.started.v1"))
        contact, message = await say.tell(
            made(*place, "contact.updated.v1"), made(*place, "message.created.v1")
        )
        first, second = await stream.next(), await stream.next()
        assert (first.type, first.event) == ("contact.updated.v1", contact)
        assert (second.type, second.event) == ("message.created.v1", message)
        assert first.id.startswith(contact)


async def test_a_role_sees_what_it_may_read(
    http: httpx.AsyncClient, keys_only: KeysOnly, place: tuple[str, str], say: Teller
) -> None:
    tenant, project = place
    seen = keys_only.bearer("user", tid=tenant, pid=project, project_role="viewer")
    async with listening(http, seen) as stream:
        for hidden in ("user.created.v1", "access.revoked.v1", "billing.invoice.paid.v1", "x.y.v1"):
            await say.tell(made(tenant, project, hidden))
        assert await say.tell(made(tenant, project)) == await stream.events(1)
    nobody = keys_only.bearer("user", tid=tenant, pid=project)
    async with listening(http, nobody) as stream:
        await say.tell(made(tenant, project))
        assert await say.tell(made(tenant, project, "project.updated.v1")) == await stream.events(1)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [("?types=A", 422, "types_invalid"), ("?type=a.b", 422, "query_invalid"),
     ("?last_event_id=x", 422, "query_invalid")],
)  # fmt: skip
async def test_what_is_not_understood_is_a_problem(
    http: httpx.AsyncClient, mine: dict[str, str], query: str, status: int, code: str
) -> None:
    answer = await http.get(STREAM + query, headers=mine)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_who_may_not_is_refused(http: httpx.AsyncClient, keys_only: KeysOnly) -> None:
    assert (await http.get(STREAM)).status_code == 401
    application = str(uuid4())
    program = keys_only.bearer(
        role=None, kind="application", sub=application, client_id=application, scope="contact:read"
    )
    answer = await http.get(STREAM, headers=program)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await http.post(STREAM, headers=program)).headers["allow"] == "GET"


async def test_after_a_reconnect_it_goes_on_exactly_where_it_was(
    http: httpx.AsyncClient, mine: dict[str, str], place: tuple[str, str], say: Teller
) -> None:
    told: list[str] = []
    got: list[str] = []
    last: str | None = None
    for turn in range(6):
        async with listening(http, mine, last=last) as stream:
            told += await say.tell(*(made(*place) for _ in range(turn + 1)))
            while len(got) < len(told) - turn // 2:
                heard = await stream.next()
                got.append(heard.event)
                last = heard.id
        # Nobody of this project listens now.
        told += await say.tell(*(made(*place) for _ in range(2)))
    async with listening(http, mine, f"?last_event_id={last}") as stream:
        got += await stream.events(len(told) - len(got))
        marker = await say.tell(made(*place))
        assert await stream.events(1) == marker
    assert got == told


async def test_an_id_that_is_not_known_is_answered_with_refetch(
    http: httpx.AsyncClient, mine: dict[str, str], place: tuple[str, str], keys_only: KeysOnly,
    say: Teller,
) -> None:  # fmt: skip
    async with listening(http, keys_only.bearer()) as other:
        del other
        (foreign,) = await say.tell(made(str(uuid4()), place[1]))
        for last in (str(uuid4()), foreign):
            async with listening(http, mine, last=last) as stream:
                assert (await stream.next()).type == "refetch"
                assert await say.tell(made(*place)) == await stream.events(1)


async def test_a_lost_broker_is_told_as_refetch(
    start_gateway: StartGateway,
    keys_only: KeysOnly,
    place: tuple[str, str],
    server_park: ServerPark,
) -> None:
    vhosts = VhostMaker(server_park.amqp_url(), server_park.amqp_management_url())
    vhost = await vhosts.make()
    url = await start_gateway(identity_url=keys_only.url, amqp_url=vhost)
    headers = keys_only.bearer(tid=place[0], pid=place[1])
    async with httpx.AsyncClient(base_url=url, timeout=20) as http:
        await ready(http)
        async with listening(http, headers) as stream:
            await vhosts.delete(vhost)
            await vhosts.make_again(vhost)
            assert (await stream.next()).type == "refetch"
            async with teller(vhost) as say:
                assert await say.tell(made(*place)) == await stream.events(1)
    await vhosts.delete(vhost)


async def test_without_a_broker_it_is_503(start_gateway: StartGateway, keys_only: KeysOnly) -> None:
    url = await start_gateway(identity_url=keys_only.url, amqp_url="amqp://a:b@127.0.0.1:9/")
    async with httpx.AsyncClient(base_url=url, timeout=20) as http:
        await ready(http)
        answer = await http.get(STREAM, headers=keys_only.bearer())
        assert (answer.status_code, answer.json()["code"]) == (503, "live_unavailable")
        assert answer.headers["retry-after"]


async def test_revoked_access_ends_the_stream_at_once(
    http: httpx.AsyncClient, keys_only: KeysOnly, place: tuple[str, str], amqp_vhost: str
) -> None:
    sign_in = str(uuid4())
    headers = keys_only.bearer(tid=place[0], pid=place[1], sid=sign_in)
    async with listening(http, headers) as stream:
        await tell(amqp_vhost, "access.revoked.v1", revoked("sign_in", sign_in))
        await stream.end()
    assert (await http.get(STREAM, headers=headers)).status_code == 401


async def test_it_ends_with_its_token(
    http: httpx.AsyncClient, keys_only: KeysOnly, place: tuple[str, str]
) -> None:
    expiring = int(time.time()) - 58
    async with listening(http, keys_only.bearer(tid=place[0], pid=place[1], exp=expiring)) as one:
        await one.end()


async def test_it_has_a_longest_life_and_gives_signs_of_it(
    start_gateway: StartGateway, keys_only: KeysOnly, amqp_vhost: str
) -> None:
    url = await start_gateway(
        identity_url=keys_only.url, amqp_url=amqp_vhost, live_lifetime=4, live_ping=1
    )
    async with httpx.AsyncClient(base_url=url, timeout=20) as http:
        await ready(http)
        async with listening(http, keys_only.bearer()) as stream:
            await stream.end()
            assert stream.comments.count(": ping") >= 2


async def test_streams_are_counted(
    start_gateway: StartGateway, keys_only: KeysOnly, amqp_vhost: str
) -> None:
    url = await start_gateway(
        identity_url=keys_only.url, amqp_url=amqp_vhost, live_listeners=4,
        live_listeners_tenant=3, live_listeners_caller=2,
    )  # fmt: skip
    tenant = str(uuid4())
    ana, bruno, carla = (keys_only.bearer(tid=tenant) for _ in range(3))
    async with (
        httpx.AsyncClient(base_url=url, timeout=20) as http,
        contextlib.AsyncExitStack() as s,
    ):
        await ready(http)

        async def refusal(headers: dict[str, str]) -> tuple[int, str]:
            answer = await http.get(STREAM, headers=headers)
            return answer.status_code, answer.json()["detail"]

        first = contextlib.AsyncExitStack()
        await first.enter_async_context(listening(http, ana))
        await s.enter_async_context(listening(http, ana))
        assert await refusal(ana) == (429, "This caller has too many live streams open.")
        await s.enter_async_context(listening(http, bruno))
        assert await refusal(carla) == (429, "This tenant has too many live streams open.")
        await s.enter_async_context(listening(http, keys_only.bearer()))
        assert await refusal(keys_only.bearer()) == (503, "Too many live streams are open.")
        await first.aclose()

        async def free() -> bool:
            try:
                await s.enter_async_context(listening(http, carla))
            except AssertionError:
                return False
            return True

        await eventually(free)


async def test_a_client_that_takes_nothing_is_told_to_refetch(
    url: str, http: httpx.AsyncClient, mine: dict[str, str], place: tuple[str, str], say: Teller,
    keys_only: KeysOnly,
) -> None:  # fmt: skip
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    head = f"GET {STREAM} HTTP/1.1\r\nHost: x\r\nAuthorization: {mine['Authorization']}\r\n\r\n"
    writer.write(head.encode())
    await reader.readuntil(b": open")
    watcher = keys_only.bearer(tid=place[0], pid=place[1])
    async with listening(http, watcher) as stream:
        for _ in range(40):
            # One who takes everything has it meanwhile: nobody waits for the slow one.
            told = await say.tell(*(made(*place, padding=20_000) for _ in range(25)))
            assert await stream.events(25) == told
    seen = b""
    async with asyncio.timeout(20):
        while b"event: refetch" not in seen:
            seen = seen[-100:] + await reader.read(65536)
    writer.close()


async def test_two_hundred_listeners_hear_everything(
    http: httpx.AsyncClient, keys_only: KeysOnly, place: tuple[str, str], say: Teller
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(
                listening(http, keys_only.bearer(tid=place[0], pid=place[1]))
            )
            for _ in range(200)
        ]
        told = await say.tell(*(made(*place) for _ in range(20)))
        for got in await asyncio.gather(*(stream.events(20) for stream in streams)):
            assert got == told


async def test_nothing_is_heard_while_nobody_listens(
    start_gateway: StartGateway, keys_only: KeysOnly, place: tuple[str, str], amqp_vhost: str
) -> None:
    url = await start_gateway(identity_url=keys_only.url, amqp_url=amqp_vhost, live_linger=0)
    headers = keys_only.bearer(tid=place[0], pid=place[1])

    async def heard(http: httpx.AsyncClient) -> float:
        text = (await http.get("/metrics")).text
        [line] = [
            line
            for line in text.splitlines()
            if line.startswith("ventros_gateway_live_heard_total ")
        ]
        return float(line.split()[1])

    async with httpx.AsyncClient(base_url=url, timeout=20) as http, teller(amqp_vhost) as say:
        await ready(http)
        async with listening(http, headers) as stream:
            (first,) = await say.tell(made(*place))
            assert await stream.events(1) == [first]

        async def deaf() -> bool:
            before: Any = await heard(http)
            await say.tell(made(*place))
            await asyncio.sleep(0.1)
            return bool(await heard(http) == before)

        await eventually(deaf)
        async with listening(http, headers, last=first) as stream:
            assert (await stream.next()).type == "refetch"
            assert await say.tell(made(*place)) == await stream.events(1)

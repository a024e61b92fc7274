"""Guessing is slowed for whoever guesses; the owner of the address signs in all the same."""

import asyncio
from typing import Any

import httpx
import pytest
from litestar import Litestar

from platform_postgres import Database
from ventros_identity.commands.passwords import Passwords

from ..conftest import PASSWORD, Tenant

EMAIL = "ana@ana.example"


class Client:
    """Signs in from an address, and counts hashes."""

    def __init__(self, app: Litestar, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app = app
        self.hashes = 0
        verify = Passwords.verify

        async def counted(passwords: Passwords, known: str | None, password: str) -> bool:
            self.hashes += 1
            return await verify(passwords, known, password)

        monkeypatch.setattr(Passwords, "verify", counted)

    async def sign_in(
        self, password: str, address: str = "203.0.113.9", email: str = EMAIL, **more: Any
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        body = {"email": email, "password": password, **more}
        async with httpx.AsyncClient(transport=transport, base_url="http://identity") as http:
            return await http.post(
                "/v1/auth/sign-in", json=body, headers={"x-forwarded-for": address}
            )


@pytest.fixture
def client(app: Litestar, ana: Tenant, monkeypatch: pytest.MonkeyPatch) -> Client:
    return Client(app, monkeypatch)


async def pass_time(db: Database, span: str) -> None:
    async with db.system() as tx:
        await tx.execute(
            "UPDATE guess_counter SET counted_at = counted_at - $1::text::interval,"
            " blocked_until = blocked_until - $1::text::interval",
            span,
        )


async def test_a_guesser_is_paused_without_a_hash_and_others_are_not(client: Client) -> None:
    guesses = [await client.sign_in("wrong") for _ in range(11)]
    assert {guess.status_code for guess in guesses} == {401}
    assert client.hashes == 11
    refused = await client.sign_in(PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    assert client.hashes == 11
    assert (await client.sign_in(PASSWORD, "203.0.113.10")).status_code == 200


async def test_an_unknown_address_is_answered_alike(client: Client) -> None:
    known = [await client.sign_in("wrong") for _ in range(12)]
    unknown = [
        await client.sign_in("wrong", "198.51.100.7", "nobody@ana.example") for _ in range(12)
    ]
    for one, other in zip(known, unknown, strict=True):
        mine, theirs = one.json(), other.json()
        del mine["request_id"], theirs["request_id"]
        assert (one.status_code, mine) == (other.status_code, theirs)


async def test_after_the_pause_the_right_password_begins_anew(client: Client, db: Database) -> None:
    for _ in range(11):
        await client.sign_in("wrong")
    await pass_time(db, "31 seconds")
    assert (await client.sign_in(PASSWORD)).status_code == 200
    assert [(await client.sign_in("wrong")).status_code for _ in range(5)] == [401] * 5


async def test_each_guess_too_many_makes_the_next_pause_longer(
    client: Client, db: Database
) -> None:
    for _ in range(11):
        await client.sign_in("wrong")
    pauses = []
    for _ in range(3):
        refused = await client.sign_in("wrong")
        pauses.append(int(refused.headers["retry-after"]))
        await pass_time(db, f"{pauses[-1]} seconds")
        assert (await client.sign_in("wrong")).status_code == 401
    assert pauses[0] < pauses[1] < pauses[2]


async def test_from_many_addresses_at_one_the_owners_device_still_signs_in(
    client: Client,
) -> None:
    first = (await client.sign_in(PASSWORD)).json()
    device = first["device_token"]
    for number in range(31):
        await client.sign_in("wrong", f"198.51.100.{number}")
    assert (await client.sign_in(PASSWORD, "192.0.2.1")).status_code == 429
    mine = await client.sign_in(PASSWORD, "192.0.2.1", device_token=device)
    assert mine.status_code == 200
    assert mine.json()["device_token"] == device
    forged = await client.sign_in(PASSWORD, "192.0.2.1", device_token=device + "x")
    assert forged.status_code == 429
    # A device is known for one e-mail address: it is no way around for others.
    for _ in range(12):
        other = await client.sign_in("wrong", "192.0.2.2", "rui@rui.example", device_token=device)
    assert other.status_code == 429


async def test_a_stolen_device_token_is_paused_too(client: Client) -> None:
    device = (await client.sign_in(PASSWORD)).json()["device_token"]
    answers = [await client.sign_in("wrong", device_token=device) for _ in range(22)]
    assert answers[-1].status_code == 429
    assert (await client.sign_in(PASSWORD)).status_code == 200


async def test_one_address_at_many_is_paused_and_own_successes_do_not_help(
    client: Client,
) -> None:
    for number in range(101):
        await client.sign_in("wrong", email=f"somebody{number}@x.example")
        if number % 10 == 0:
            assert (await client.sign_in(PASSWORD)).status_code == (200 if number < 100 else 429)
    assert (await client.sign_in("wrong", email="one@more.example")).status_code == 429


async def test_many_at_once_do_not_slip_through(client: Client) -> None:
    answers = await asyncio.gather(*(client.sign_in(f"wrong {one}") for one in range(30)))
    assert sorted(answer.status_code for answer in answers) == [401] * 11 + [429] * 19
    assert client.hashes == 11


async def test_no_address_is_kept_in_the_clear(client: Client, db: Database) -> None:
    await client.sign_in("wrong")
    await client.sign_in(PASSWORD)
    async with db.system() as tx:
        rows = [*await tx.fetch("SELECT * FROM guess_counter"),
                *await tx.fetch("SELECT * FROM known_device")]  # fmt: skip
    assert rows
    assert "203.0.113" not in str(rows)
    assert "ana" not in str(rows)


async def test_devices_of_one_person_sign_in_at_once(app: Litestar, ana: Tenant) -> None:
    """Counters are held in one order, whether they are counted up or begin anew."""
    credentials = {"email": ana.seeded.email, "password": PASSWORD}
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:

        async def sign_in(device: int) -> list[int]:
            headers = {"X-Forwarded-For": f"192.0.2.{device}"}
            answers = [
                await client.post("/v1/auth/sign-in", json=credentials, headers=headers)
                for _ in range(8)
            ]
            return [answer.status_code for answer in answers]

        told = await asyncio.gather(*(sign_in(device % 2) for device in range(6)))
    assert {status for statuses in told for status in statuses} <= {200, 429}
    assert 200 in told[0]

"""The second factor: on, asked for, each code once, guesses limited, off."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pyotp
import pytest
from litestar import Litestar

from platform_auth.access import verify_access_token
from platform_auth.errors import TokenInvalid
from platform_auth.keys import thumbprint
from platform_postgres import Database
from ventros_identity.commands.second_factor import matching_step

from ..conftest import ISSUER, PASSWORD, Tenant, code_before, texts

MINE = "/v1/me/second-factor"


async def enrol(tenant: Tenant) -> tuple[pyotp.TOTP, list[str]]:
    begun = await tenant.call("POST", MINE, json={"password": PASSWORD})
    assert begun.status_code == 201, begun.text
    app = pyotp.parse_uri(begun.json()["uri"])
    assert isinstance(app, pyotp.TOTP)
    assert (app.secret, app.name, app.issuer) == (
        begun.json()["secret"], "ana@ana.example", "Ventros",
    )  # fmt: skip
    code = await code_before(begun.json()["secret"])
    confirmed = await tenant.call("POST", f"{MINE}/confirm", json={"code": code})
    assert confirmed.status_code == 200, confirmed.text
    return app, confirmed.json()["recovery_codes"]


async def first_half(tenant: Tenant) -> str:
    body = {"email": "ana@ana.example", "password": PASSWORD}
    answer = await tenant.call("POST", "/v1/auth/sign-in", json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (401, "second_factor_required")
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["expires_in"] == 300
    assert "access_token" not in problem
    return str(problem["challenge"])


async def second_half(tenant: Tenant, challenge: str, code: str) -> httpx.Response:
    body = {"challenge": challenge, "code": code}
    return await tenant.call("POST", "/v1/auth/second-factor", json=body)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def test_with_a_second_factor_the_password_alone_is_not_enough(ana: Tenant) -> None:
    app, codes = await enrol(ana)
    assert len(set(codes)) == 10
    challenge = await first_half(ana)
    answer = await second_half(ana, challenge, app.now())
    assert answer.status_code == 200
    assert {"access_token", "refresh_token", "device_token"} <= set(answer.json())
    seen = (await ana.call("GET", MINE)).json()
    assert seen == {"enabled": True, "recovery_codes_left": 10}
    log = (await ana.call("GET", "/v1/audit-log")).json()["items"]
    actions = [item["action"] for item in reversed(log)]
    assert actions == ["second_factor.enabled", "second_factor.passed", "sign_in.started"]


async def test_a_code_is_taken_once_even_by_many_at_once(ana: Tenant) -> None:
    app, _ = await enrol(ana)
    challenge, code = await first_half(ana), app.now()
    answers = await asyncio.gather(*(second_half(ana, challenge, code) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]
    assert code_of(await second_half(ana, await first_half(ana), code)) == (
        401, "second_factor_invalid",
    )  # fmt: skip


async def test_a_recovery_code_is_taken_once(ana: Tenant) -> None:
    _, codes = await enrol(ana)
    challenge = await first_half(ana)
    assert (await second_half(ana, challenge, codes[0].lower())).status_code == 200
    assert (await second_half(ana, challenge, codes[0])).status_code == 401
    assert (await second_half(ana, challenge, codes[1].replace("-", " "))).status_code == 200
    assert (await ana.call("GET", MINE)).json()["recovery_codes_left"] == 8


async def test_guesses_are_limited_and_then_even_the_right_code_waits(ana: Tenant) -> None:
    app, _ = await enrol(ana)
    challenge = await first_half(ana)
    wrong = "000000" if app.now() != "000000" else "111111"
    answers = [await second_half(ana, challenge, wrong) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 6 + [429]
    refused = await second_half(ana, challenge, app.now())
    assert code_of(refused) == (429, "too_many_attempts")
    log = (await ana.call("GET", "/v1/audit-log", params={"action": "second_factor.failed"})).json()
    assert len(log["items"]) == 6


async def test_a_challenge_is_of_no_other_use_and_nothing_else_is_one(
    app: Litestar, ana: Tenant, signing_keys: list[Any]
) -> None:
    signed_in = await ana.sign_in()
    totp, _ = await enrol(ana)
    challenge = await first_half(ana)
    public = signing_keys[-1].public_key()
    with pytest.raises(TokenInvalid):
        verify_access_token(challenge, keys={thumbprint(public): public}, issuer=ISSUER)
    for other in (signed_in["access_token"], challenge[:-4] + "AAAA", "x.y.z"):
        answer = await second_half(ana, other, totp.now())
        assert code_of(answer) == (401, "challenge_invalid")


async def test_a_challenge_ends_with_the_password(ana: Tenant) -> None:
    totp, _ = await enrol(ana)
    challenge = await first_half(ana)
    body = {"old_password": PASSWORD, "new_password": "another long password"}
    assert (await ana.call("POST", "/v1/me/password", json=body)).status_code == 204
    answer = await second_half(ana, challenge, totp.now())
    assert code_of(answer) == (401, "invalid_credentials")


async def test_until_it_is_confirmed_it_counts_for_nothing(ana: Tenant) -> None:
    secrets = []
    for _ in range(2):
        begun = await ana.call("POST", MINE, json={"password": PASSWORD})
        secrets.append(begun.json()["secret"])
    assert secrets[0] != secrets[1]
    await ana.sign_in()
    old = await ana.call("POST", f"{MINE}/confirm", json={"code": pyotp.TOTP(secrets[0]).now()})
    assert code_of(old) == (401, "second_factor_invalid")
    assert (await ana.call("GET", MINE)).json()["enabled"] is False


async def test_switching_on_and_off_needs_the_password(ana: Tenant) -> None:
    for path in (MINE, f"{MINE}/disable"):
        answer = await ana.call("POST", path, json={"password": "wrong"})
        assert code_of(answer) == (403, "wrong_password")
    none = await ana.call("POST", f"{MINE}/disable", json={"password": PASSWORD})
    assert code_of(none) == (404, "second_factor_not_found")
    await enrol(ana)
    again = await ana.call("POST", MINE, json={"password": PASSWORD})
    assert code_of(again) == (409, "second_factor_on")
    off = await ana.call("POST", f"{MINE}/disable", json={"password": PASSWORD})
    assert off.status_code == 204
    await ana.sign_in()


async def test_the_secret_is_sealed_for_its_owner_and_codes_are_hashed(
    ana: Tenant, db: Database
) -> None:
    app, codes = await enrol(ana)
    async with db.tenant(ana.id) as tx:
        secret = await tx.fetchval("SELECT secret FROM second_factor")
        rows = await tx.fetch("SELECT hash FROM recovery_code")
        stored = [bytes(row["hash"]) for row in rows]
        outside = await tx.fetchval(
            "SELECT count(*) FROM audit_entry WHERE after::text LIKE '%' || $1 || '%'", app.secret
        )
    assert app.secret.encode() not in secret
    assert len(stored) == 10
    assert not any(code.encode() in one for code in codes for one in stored)
    assert outside == 0


async def test_new_recovery_codes_take_the_place_of_the_old(ana: Tenant) -> None:
    path = f"{MINE}/recovery-codes"
    none = await ana.call("POST", path, json={"code": "000000"})
    assert code_of(none) == (404, "second_factor_not_found")
    app, old = await enrol(ana)
    wrong = await ana.call("POST", path, json={"code": old[0][::-1]})
    assert code_of(wrong) == (401, "second_factor_invalid")
    renewed = await ana.call("POST", path, json={"code": app.now()})
    assert renewed.status_code == 201, renewed.text
    new = renewed.json()["recovery_codes"]
    assert len(set(new)) == 10
    assert not set(new) & set(old)
    challenge = await first_half(ana)
    assert (await second_half(ana, challenge, old[0])).status_code == 401
    assert (await second_half(ana, challenge, new[0])).status_code == 200
    # One that is left is good for the next set as well, and goes with it.
    again = await ana.call("POST", path, json={"code": new[1]})
    assert again.status_code == 201
    assert (await ana.call("GET", MINE)).json()["recovery_codes_left"] == 10


async def test_guesses_for_new_recovery_codes_are_limited(ana: Tenant) -> None:
    await enrol(ana)
    path = f"{MINE}/recovery-codes"
    answers = [await ana.call("POST", path, json={"code": "AAAA-AAAA"}) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 6 + [429]


async def colleague(ana: Tenant, role: str = "admin") -> Tenant:
    fields = {"email": f"{role}@ana.example", "password": PASSWORD, "name": "Bia", "role": role}
    made = await ana.call("POST", "/v1/users", json=fields)
    assert made.status_code == 201, made.text
    seeded = msgspec.structs.replace(ana.seeded, user_id=UUID(made.json()["id"]))
    return Tenant(ana.app, ana.tokens, seeded)


async def test_an_admin_lets_somebody_in_who_has_lost_all(
    ana: Tenant, rui: Tenant, db: Database, outbox: Callable[[UUID], Any]
) -> None:
    bia, path = await colleague(ana), f"/v1/users/{ana.seeded.user_id}/second-factor"
    missing = await bia.call("DELETE", path)
    assert code_of(missing) == (404, "second_factor_not_found")
    signed_in = await ana.sign_in()
    await enrol(ana)
    assert code_of(await ana.call("DELETE", path)) == (403, "own_second_factor")
    assert code_of(await rui.call("DELETE", path)) == (404, "user_not_found")
    for role in ("manager", "user", "readonly"):
        assert (await bia.call("DELETE", path, role=role)).status_code == 403
    gone = await bia.call("DELETE", path, params={"language": "en"})
    assert gone.status_code == 204, gone.text
    # The password is enough again, and what was signed in has ended.
    (told,) = await texts(db, ana.id)
    assert "Bia has switched off the second factor" in told
    refused = await ana.call(
        "POST", "/v1/auth/refresh", json={"refresh_token": signed_in["refresh_token"]}
    )
    assert refused.status_code == 401
    said = [event for event in await outbox(ana.id) if event["subject"] == str(ana.seeded.user_id)]
    assert [(event["type"], event["sequence"]) for event in said][1:] == [
        ("user.second_factor_enabled.v1", 2), ("user.second_factor_disabled.v1", 3),
    ]  # fmt: skip
    assert said[-1]["data"]["disabled_by"] == str(bia.seeded.user_id)
    revoked = [
        event["data"]["id"]
        for event in await outbox(ana.id)
        if event["type"] == "access.revoked.v1"
    ]
    assert revoked == [signed_in["sign_in_id"]]
    log = (
        await ana.call("GET", "/v1/audit-log", params={"action": "second_factor.removed"})
    ).json()
    assert [item["actor_id"] for item in log["items"]] == [str(bia.seeded.user_id)]
    await ana.sign_in()


@pytest.mark.parametrize(
    ("drift", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_clock_may_be_half_a_minute_off(drift: int, taken: bool) -> None:
    secret, now = pyotp.random_base32(), 1_800_000_000.0
    step = matching_step(secret, pyotp.TOTP(secret).at(int(now) + drift), now, 0)
    assert (step is not None) == taken
    if step is not None:
        assert matching_step(secret, pyotp.TOTP(secret).at(int(now) + drift), now, step) is None


def test_the_codes_are_those_of_rfc_6238() -> None:
    """Appendix B, SHA-1, cut to six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for at, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert matching_step(secret, code, float(at), 0) == at // 30

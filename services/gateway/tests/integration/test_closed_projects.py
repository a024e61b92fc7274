"""A project that is closed, with the real identity: nothing made for it is good any more, wherever
its sign-in has gone meanwhile.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from ..conftest import Service, ready
from .test_revocation import refused_soon

StartGateway = Callable[..., Awaitable[str]]


def bearer(answer: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer['access_token']}"}


@pytest.mark.parametrize("how", ["PATCH", "DELETE"])
async def test_a_token_from_before_a_switch_is_refused_within_a_second(
    start_gateway: StartGateway, identity: str, service: Service, how: str
) -> None:
    url = await start_gateway(identity_url=identity, contacts_url=service.url)
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        await ready(http)
        credentials = {"email": "ana@ana.example", "password": "a long password"}
        signed_in = (await http.post("/v1/auth/sign-in", json=credentials)).json()
        before = bearer(signed_in)
        once = {**before, "Idempotency-Key": str(uuid4())}
        made = await http.post("/v1/projects", json={"name": "Outra"}, headers=once)
        wanted = {"project_id": made.json()["id"]}
        switched = await http.post("/v1/auth/switch-project", json=wanted, headers=before)
        after = bearer(switched.json())
        for headers in (before, after):
            assert (await http.get("/v1/contacts", headers=headers)).status_code == 200
        path = f"/v1/projects/{signed_in['project_id']}"
        body = {"json": {"active": False}} if how == "PATCH" else {}
        closed = await http.request(how, path, headers=after, **body)
        assert closed.status_code in {200, 204}, closed.text
        await refused_soon(http, before, within=1)
        # The sign-in itself went on to the other project.
        assert (await http.get("/v1/contacts", headers=after)).status_code == 200

        # A gateway that starts now asks for what it has not heard.
        other_url = await start_gateway(identity_url=identity, contacts_url=service.url)
        async with httpx.AsyncClient(base_url=other_url, timeout=30) as other:
            await ready(other)
            refused = await other.get("/v1/contacts", headers=before)
            assert (refused.status_code, refused.json()["code"]) == (401, "token_revoked")
            assert (await other.get("/v1/contacts", headers=after)).status_code == 200

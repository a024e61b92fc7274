"""Files that are brought to be sent: taken as they come, once, and each by its project alone."""

import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from platform_auth.testing import InternalTokens
from platform_core.ids import new_id
from platform_postgres import Database
from platform_storage import Links, Storage, StorageSettings
from platform_storage.keys import content_key
from platform_storage.testing import INFECTED, fake_clamd
from platform_testkit import TestTenant, new_tenant
from ventros_messaging.app import make_app
from ventros_messaging.domain.upload import taken_for
from ventros_messaging.http.files import Files

LIMIT = 5 * 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
Bring = Callable[..., Any]


@pytest.fixture
async def http(
    database: Database, internal_tokens: InternalTokens, storage: Storage
) -> AsyncIterator[httpx.AsyncClient]:
    files = Files(database, storage, Links(b"k" * 32), max_bytes=LIMIT)
    app: Any = make_app(database, internal_tokens.verifier, files)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://messaging") as client:
        yield client


@pytest.fixture
def bring(http: httpx.AsyncClient, internal_tokens: InternalTokens, tenant: TestTenant) -> Bring:
    known: dict[TestTenant, dict[str, str]] = {}

    async def post(
        content: Any, *, key: str | None = None, of: TestTenant = tenant, **more: Any
    ) -> httpx.Response:
        headers = {
            **known.setdefault(of, internal_tokens.header(of.tenant_id, of.project_id)),
            "Idempotency-Key": key or str(new_id()),
            "Content-Type": more.pop("said", "application/octet-stream"),
        }
        return await http.post("/v1/files", content=content, headers=headers, params=more)

    return post


async def test_a_file_is_kept_as_it_came(bring: Bring, storage: Storage, tenant: Any) -> None:
    answer = await bring(PNG, said="text/plain", filename="mesa é.png")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    sha256 = hashlib.sha256(PNG).hexdigest()
    assert (told["sha256"], told["size_bytes"]) == (sha256, len(PNG))
    assert (told["mimetype"], told["filename"]) == ("image/png", "mesa é.png")
    kept = await storage.read_whole(content_key(tenant.tenant_id, sha256), limit=LIMIT)
    assert kept == PNG


async def test_a_large_one_comes_in_pieces_of_unknown_number(bring: Bring) -> None:
    piece = b"\xff\xd8\xff\xe0" + b"x" * 250_000

    async def pieces(many: int) -> AsyncIterator[bytes]:
        for _ in range(many):
            yield piece

    answer = await bring(pieces(18))
    assert answer.status_code == 201, answer.text
    assert answer.json()["size_bytes"] == 18 * len(piece)
    assert answer.json()["mimetype"] == "image/jpeg"
    assert (await bring(pieces(22))).json()["code"] == "file_too_large"


async def test_what_the_scanner_names_is_not_taken_and_nothing_is_while_it_is_away(
    database: Database, internal_tokens: InternalTokens, tenant: TestTenant, tmp_path: Path
) -> None:
    async with fake_clamd() as clamd:
        where = StorageSettings(storage_url=tmp_path.as_uri(), storage_scanner_url=clamd.url)
        files = Files(database, Storage(where), Links(b"k" * 32), max_bytes=LIMIT)
        app: Any = make_app(database, internal_tokens.verifier, files)
        transport = httpx.ASGITransport(app)
        token = internal_tokens.header(tenant.tenant_id, tenant.project_id)

        async def bring(content: bytes) -> httpx.Response:
            headers = {**token, "Idempotency-Key": str(new_id())}
            return await http.post("/v1/files", content=content, headers=headers)

        async with httpx.AsyncClient(transport=transport, base_url="http://messaging") as http:
            blocked = await bring(PNG + INFECTED)
            assert (blocked.status_code, blocked.json()["code"]) == (422, "file_blocked")
            clamd.fault = "says_error"
            away = await bring(PNG)
            assert (away.status_code, away.json()["code"]) == (503, "scanner_unavailable")
            assert int(away.headers["retry-after"]) > 0
            clamd.fault = None
            assert (await bring(PNG)).status_code == 201
    async with database.tenant(tenant.tenant_id) as tx:
        assert await tx.fetchval("SELECT count(*) FROM file") == 1


async def test_the_same_content_is_one_file_of_a_company_and_not_of_another(
    bring: Bring, tenant: TestTenant
) -> None:
    first, again = await bring(PNG, filename="a.png"), await bring(PNG, filename="b.png")
    assert first.json()["id"] == again.json()["id"]
    assert again.json()["filename"] == "b.png"
    theirs = await bring(PNG, of=new_tenant())
    assert theirs.json()["id"] != first.json()["id"]


async def test_a_request_that_is_repeated_gets_the_same_answer(bring: Bring) -> None:
    key = str(new_id())
    first, again = await bring(PNG, key=key), await bring(PNG, key=key)
    assert again.headers["idempotent-replayed"] == "true"
    assert first.json() == again.json()
    other = await bring(PNG + b"!", key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_what_is_refused(bring: Bring, http: httpx.AsyncClient) -> None:
    too_large = await bring(b"x" * (LIMIT + 1))
    assert (too_large.status_code, too_large.json()["code"]) == (413, "file_too_large")
    empty = await bring(b"")
    assert (empty.status_code, empty.json()["code"]) == (422, "file_empty")
    assert (await bring(PNG, filename="../etc/passwd")).status_code == 400
    assert (await http.post("/v1/files", content=PNG)).status_code == 401


@pytest.mark.parametrize(
    ("proven", "said", "taken"),
    [
        ("image/png", "text/plain", "image/png"),
        ("application/octet-stream", "text/csv; charset=utf-8", "text/csv"),
        ("application/octet-stream", "application/json", "application/json"),
        ("application/octet-stream", "image/jpeg", "application/octet-stream"),
        ("application/octet-stream", "nonsense", "application/octet-stream"),
        ("application/octet-stream", None, "application/octet-stream"),
    ],
)
def test_what_a_file_is_taken_for(proven: str, said: str | None, taken: str) -> None:
    assert taken_for(proven, said) == taken

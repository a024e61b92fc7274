"""A small service under a real service's name, so that the real route list applies."""

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID, uuid4

import msgspec
import pytest
from litestar import Controller, Litestar, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.testing import TestClient

from platform_auth.testing import InternalTokens
from platform_core.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from platform_core.types import AwareDatetime, NonEmptyStr, TimeoutMinutes
from platform_http import Caller, Health, Page, Paged, create_app

ERRORS: dict[str, Exception] = {
    "invalid": Invalid("The rule.", code="some_rule"),
    "not_found": NotFound("No contact has this id."),
    "conflict": Conflict("It is closed.", code="session_closed"),
    "too_large": TooLarge("More than ten."),
    "unavailable": Unavailable("Away."),
    "bug": ZeroDivisionError("secret-canary"),
    "timeout": TimeoutError("secret-canary"),
    "refused": ConnectionRefusedError("secret-canary"),
}


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    count: int
    tags: Annotated[list[NonEmptyStr], msgspec.Meta(max_length=2)] = []


class CreateContact(msgspec.Struct, forbid_unknown_fields=True):
    name: NonEmptyStr
    seen_at: AwareDatetime | None = None
    minutes: TimeoutMinutes | None = None
    inner: Inner | None = None


class Echo(msgspec.Struct):
    text: str


class Contacts(Controller):
    path = "/v1/contacts"

    @post(operation_id="createContact")
    async def create(self, data: JSONBody[CreateContact], principal: Caller) -> Echo:
        return Echo(f"{principal.tenant_id} {data.name}")

    @get(operation_id="listContacts")
    async def list_contacts(
        self,
        page: Paged,
        search: FromQuery[str | None] = None,
        since: FromQuery[AwareDatetime | None] = None,
    ) -> Page[int]:
        question = f"contacts:{search}"
        start = page.after(question, int) or 0
        rows = list(range(start, min(start + page.fetch, 120)))
        return page.cut(question, rows, lambda row: row + 1, lambda row: row)

    @get("/{contact_id:uuid}", operation_id="getContact")
    async def read(self, contact_id: FromPath[UUID]) -> Echo:
        return Echo(str(contact_id))

    @patch("/{contact_id:uuid}", operation_id="updateContact")
    async def update(self, contact_id: FromPath[UUID], kind: FromQuery[str]) -> Echo:
        raise ERRORS[kind]


class Api:
    """The client of one caller."""

    def __init__(self, client: TestClient[Litestar], headers: dict[str, str]) -> None:
        self._client = client
        self.headers = headers

    def request(self, method: str, path: str, **options: Any) -> Any:
        headers = {**self.headers, **options.pop("headers", {})}
        return self._client.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> Any:
        return self.request("POST", path, **options)


TOKENS = InternalTokens()
TENANT = uuid4()


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def api(health: Health) -> Iterator[Api]:
    app = create_app(
        "contacts", [Contacts], auth=TOKENS.verifier, health=health, max_body_bytes=2048
    )
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Api(client, TOKENS.header(TENANT, uuid4()))

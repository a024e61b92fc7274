"""`GET /oauth/authorize` and the files of its page: where an application sends a person.

The page is of our own files alone and keeps nothing: it signs the person in by the API, asks, and
signs out again. What it may do in a browser its policy says.
"""

import re
from collections.abc import Mapping
from html import escape
from importlib import resources
from typing import Any, Final, Literal
from urllib.parse import parse_qsl

from litestar import Request, Response, get
from litestar.params import FromPath

from ventros_identity.commands import consents
from ventros_identity.commands.consents import client_of
from ventros_identity.commands.tokens import tenant_of
from ventros_identity.domain.application import AuthorizationRefused
from ventros_identity.http.signing import Signing, Signs
from ventros_identity.oauth.authorize import (
    Pairs,
    SentBack,
    Unusable,
    Wanted,
    denied,
    judge_authorization,
    sent_to,
)

HTML: Final = "text/html; charset=utf-8"
_MOST_FIELDS: Final = 30
_PLACE: Final = re.compile(r"\{\{(\w+)\}\}")
_TYPES: Final[Mapping[str, str]] = {
    "authorize.css": "text/css; charset=utf-8",
    "authorize.js": "text/javascript; charset=utf-8",
}
PAGE_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def _field(name: str, text: str, *, required: bool = True, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": text,
        "schema": {"type": "string", "minLength": 1, **schema},
    }


FIELDS: Final = [
    _field("client_id", "The application's id.", format="uuid"),
    _field("redirect_uri", "Where to send the answer: one that the application has registered."),
    _field("response_type", "There is one.", enum=["code"]),
    _field("scope", "Scopes with blanks between; without it, all of the application's.",
           required=False),
    _field("state", "Comes back as it is.", required=False),
    _field("code_challenge", "RFC 7636: the SHA-256 of the verifier in base64url.",
           pattern=r"^[A-Za-z0-9_-]{43}(?![\s\S])"),
    _field("code_challenge_method", "There is one.", enum=["S256"]),
]  # fmt: skip
"""What RFC 6749, 4.1.1 and RFC 7636 ask for, as the API's document says it."""


def _page(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"text/html": {"schema": {"type": "string"}}}}


_DESCRIBED: Final = {
    "parameters": FIELDS,
    "responses": {
        "200": _page("The page that asks the person."),
        "302": {"description": "What is wrong, told to the application at its redirect_uri."},
        "404": _page("The application is not known here."),
        "422": _page("There is nowhere to send anybody; the page says why."),
    },
}


@get(
    "/oauth/authorize",
    operation_id="authorize",
    summary="Ask a person to let an application in",
    tags=["OAuth"],
    media_type=HTML,
    described=_DESCRIBED,
    query="own",
)
async def authorize(request: Request[Any, Any, Any], signing: Signs) -> Response[bytes]:
    """For browsers: the application sends the person here, and they come back with a code.

    Nobody is sent anywhere before the address is known to be the application's own.
    """
    pairs = pairs_of(request)
    verdict = await _judged(signing, pairs)
    if isinstance(verdict, Wanted):
        name, cancel = verdict.application.name, denied(verdict, signing.issuer)
        return _answer(200, _page_of("authorize.html", application=name, cancel=cancel))
    if isinstance(verdict, SentBack):
        address = sent_to(
            verdict.redirect_uri,
            signing.issuer,
            verdict.state,
            error=verdict.error,
            error_description=verdict.description,
        )
        return Response(b"", status_code=302, headers={**PAGE_HEADERS, "location": address})
    page = _page_of("refused.html", reason=verdict.reason)
    return _answer(404 if verdict.unknown else 422, page)


@get(
    "/oauth/authorize/{asset:str}",
    operation_id="authorize_asset",
    summary="A file of the page",
    tags=["OAuth"],
    described={
        "responses": {
            "200": {
                "description": "The file.",
                "content": {
                    kind.partition(";")[0]: {"schema": {"type": "string"}}
                    for kind in _TYPES.values()
                },
            }
        }
    },
)
async def authorize_asset(
    asset: FromPath[Literal["authorize.css", "authorize.js"]],
) -> Response[bytes]:
    """The page's style and what it does."""
    headers = {"cache-control": "public, max-age=300", "x-content-type-options": "nosniff"}
    return Response(_file(asset), media_type=_TYPES[asset], headers=headers)


def pairs_of(request: Request[Any, Any, Any]) -> Pairs:
    """The fields of the query, each as often as it was sent. What cannot be read is nothing."""
    try:
        return parse_qsl(
            request.scope["query_string"].decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        return []


def wanted_of(verdict: Wanted | SentBack | Unusable) -> Wanted:
    """What a person can be asked about. Raises `AuthorizationRefused`."""
    if isinstance(verdict, SentBack):
        raise AuthorizationRefused(f"{verdict.error}: {verdict.description}")
    if isinstance(verdict, Unusable):
        raise AuthorizationRefused(verdict.reason)
    return verdict


async def _judged(signing: Signing, pairs: Pairs) -> Wanted | SentBack | Unusable:
    client_id = client_of(pairs)
    tenant_id = None if client_id is None else await tenant_of(signing.db, client_id)
    if tenant_id is None:
        return judge_authorization(pairs, None)
    async with signing.db.tenant(tenant_id) as tx:
        return await consents.judge(tx, tenant_id, pairs)


def _answer(status: int, content: bytes) -> Response[bytes]:
    return Response(content, status_code=status, media_type=HTML, headers=dict(PAGE_HEADERS))


def _page_of(name: str, **values: str) -> bytes:
    """A page with these values in their places."""
    text = _file(name).decode()
    return _PLACE.sub(lambda place: escape(values[place[1]]), text).encode()


def _file(name: str) -> bytes:
    return resources.files("ventros_identity.pages").joinpath(name).read_bytes()

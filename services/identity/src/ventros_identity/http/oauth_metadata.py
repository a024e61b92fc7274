"""What clients read to find their way: RFC 8414 and RFC 9728."""

from typing import Final
from urllib.parse import urlsplit

import msgspec
from litestar import Response, get

from platform_auth.routes import ROUTES
from platform_auth.scopes import SCOPES
from platform_core.errors import NotFound
from ventros_identity.http.signing import Signs, refused
from ventros_identity.oauth.judge import AUTH_METHODS, GRANT_TYPES

_PAGE: Final = "/oauth/authorize"
# Nothing is promised that is not served: the list of routes says whether it is.
_HAS_PAGE: Final = any(route.path == _PAGE for route in ROUTES)
_CACHED: Final = {"cache-control": "public, max-age=300"}
_NONE: Final = refused("The issuer of this installation is not an address.")


class NoIssuerAddress(NotFound):
    """`VENTROS_ISSUER` is no address, so nothing can be found from it."""

    code = "no_issuer_address"


class AuthorizationServerMetadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 8414, with RFC 9207's promise of `iss` in every answer of the authorization page."""

    issuer: str
    authorization_endpoint: str | None = None
    token_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    code_challenge_methods_supported: list[str]
    authorization_response_iss_parameter_supported: bool


class ProtectedResourceMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9728: whose tokens this API takes, and how."""

    resource: str
    authorization_servers: list[str]
    jwks_uri: str
    scopes_supported: list[str]
    bearer_methods_supported: list[str]


def _address(issuer: str) -> str:
    if urlsplit(issuer).scheme not in {"https", "http"}:
        raise NoIssuerAddress("The issuer of this installation is not an address.")
    return issuer.rstrip("/")


@get(
    "/.well-known/oauth-authorization-server",
    operation_id="read_authorization_server",
    summary="Where applications get tokens",
    tags=["OAuth"],
    responses={404: _NONE},
)
async def read_authorization_server(signing: Signs) -> Response[AuthorizationServerMetadata]:
    """RFC 8414: addresses, grants and methods of this authorization server."""
    at = _address(signing.issuer)
    methods = list(AUTH_METHODS)
    body = AuthorizationServerMetadata(
        issuer=signing.issuer,
        authorization_endpoint=f"{at}{_PAGE}" if _HAS_PAGE else None,
        token_endpoint=f"{at}/oauth/token",
        revocation_endpoint=f"{at}/oauth/revoke",
        jwks_uri=f"{at}/.well-known/jwks.json",
        scopes_supported=sorted(SCOPES),
        response_types_supported=["code"] if _HAS_PAGE else [],
        response_modes_supported=["query"],
        grant_types_supported=list(GRANT_TYPES),
        token_endpoint_auth_methods_supported=methods,
        revocation_endpoint_auth_methods_supported=methods,
        code_challenge_methods_supported=["S256"],
        authorization_response_iss_parameter_supported=_HAS_PAGE,
    )
    return Response(body, headers=dict(_CACHED))


@get(
    "/.well-known/oauth-protected-resource",
    operation_id="read_protected_resource",
    summary="Whose tokens this API takes",
    tags=["OAuth"],
    responses={404: _NONE},
)
async def read_protected_resource(signing: Signs) -> Response[ProtectedResourceMetadata]:
    """RFC 9728: this API as a resource that tokens are for."""
    at = _address(signing.issuer)
    body = ProtectedResourceMetadata(
        resource=at,
        authorization_servers=[signing.issuer],
        jwks_uri=f"{at}/.well-known/jwks.json",
        scopes_supported=sorted(SCOPES),
        bearer_methods_supported=["header"],
    )
    return Response(body, headers=dict(_CACHED))

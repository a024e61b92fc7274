"""What a provider says of itself (OpenID Connect Discovery 1.0), and whether that is enough."""

from typing import Any, Final

import msgspec
from authlib.oidc.discovery import OpenIDProviderMetadata  # type: ignore[import-untyped]

from ventros_identity.domain.identity_provider import IdentityProviderUnfit

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures that only the provider can make. Never `none`, never a shared secret."""

_PATH: Final = "/.well-known/openid-configuration"
_DEFAULT_AUTHENTICATION: Final = ["client_secret_basic"]


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed of it.

    `secret_in_body`: the client's secret goes into the form and not into a header.
    `names_issuer`: its answers to the app say `iss` (RFC 9207).
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    secret_in_body: bool
    names_issuer: bool


def metadata_url(issuer: str) -> str:
    """Where a provider says it (Discovery §4)."""
    return issuer.rstrip("/") + _PATH


def read_metadata(body: bytes, issuer: str, schemes: frozenset[str]) -> Metadata:
    """Judge what a provider says of itself; its addresses have to be of these schemes.

    Raises:
        IdentityProviderUnfit: with what is wrong, in words for the tenant's admin.
    """
    try:
        said = OpenIDProviderMetadata(msgspec.json.decode(body, type=dict[str, Any]))
    except msgspec.DecodeError as error:
        raise IdentityProviderUnfit("What is at the issuer's address is no metadata.") from error
    if said.get("issuer") != issuer:
        raise IdentityProviderUnfit("The provider names another issuer than was asked for.")
    endpoints = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    for name in (*endpoints, "userinfo_endpoint"):
        _check_endpoint(name, said.get(name), schemes, optional=name not in endpoints)
    try:
        said.validate()
    except (ValueError, TypeError, AttributeError) as error:
        raise IdentityProviderUnfit("The provider's metadata breaks the protocol.") from error
    if "code" not in said["response_types_supported"]:
        raise IdentityProviderUnfit("The provider does not offer the response type code.")
    if not set(ALGORITHMS) & set(said["id_token_signing_alg_values_supported"]):
        raise IdentityProviderUnfit(f"The provider signs with none of {', '.join(ALGORITHMS)}.")
    if "S256" not in said.get("code_challenge_methods_supported", ["S256"]):
        raise IdentityProviderUnfit("The provider does not offer PKCE with S256.")
    authentication = said.get("token_endpoint_auth_methods_supported", _DEFAULT_AUTHENTICATION)
    if not {"client_secret_basic", "client_secret_post"} & set(authentication):
        raise IdentityProviderUnfit("The provider takes no client secret.")
    return Metadata(
        issuer=issuer,
        authorization_endpoint=said["authorization_endpoint"],
        token_endpoint=said["token_endpoint"],
        jwks_uri=said["jwks_uri"],
        userinfo_endpoint=said.get("userinfo_endpoint"),
        secret_in_body="client_secret_basic" not in authentication,
        names_issuer=said.get("authorization_response_iss_parameter_supported") is True,
    )


def _check_endpoint(name: str, url: object, schemes: frozenset[str], *, optional: bool) -> None:
    if url is None and optional:
        return
    if not isinstance(url, str) or url.partition("://")[0] not in schemes:
        raise IdentityProviderUnfit(f"The provider's {name} is missing or not https.")

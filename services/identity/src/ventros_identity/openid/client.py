"""Ask providers: what they say of themselves and their keys, kept for a while; tokens; a person.

Everything is fetched through `platform_outbound`: the addresses are a customer's words.
"""

import time
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, Literal, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from joserfc.jwk import KeySet

from platform_outbound import AddressRefused, Answer, CallFailed, Outbound
from platform_telemetry import get_logger
from ventros_identity.domain.external_sign_in import ExternalSignInRefused, safe_error
from ventros_identity.domain.identity_provider import (
    IdentityProviderUnavailable,
    IdentityProviderUnfit,
)
from ventros_identity.openid import id_token
from ventros_identity.openid.metadata import Metadata, metadata_url, read_metadata

log = get_logger(__name__)

HTTPS: Final = frozenset({"https"})
KEPT_SECONDS: Final = 3600.0
REFETCH_SECONDS: Final = 30.0
"""Keys that are younger than this are not fetched again for a token of an unknown key."""
KEPT_AT_MOST: Final = 512
MAX_BYTES: Final = 262_144
_OK: Final = 200
_REFUSING: Final = frozenset({400, 401, 403})
_FORM: Final = "application/x-www-form-urlencoded"

T = TypeVar("T")


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are at a provider."""

    id: str
    secret: str


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a code was exchanged for."""

    id_token: str
    access_token: str | None = None


class OpenIdClient:
    """Speaks to providers; `schemes` are those that their addresses may have."""

    def __init__(
        self,
        outbound: Outbound,
        *,
        schemes: frozenset[str] = HTTPS,
        refetch_seconds: float = REFETCH_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbound = outbound
        self._schemes = schemes
        self._refetch_seconds = refetch_seconds
        self._clock = clock
        self._metadata: _Kept[Metadata] = _Kept()
        self._keys: _Kept[KeySet] = _Kept()

    async def metadata(self, issuer: str, *, fresh: bool = False) -> Metadata:
        """What the provider says of itself, from the last hour unless `fresh`.

        Raises:
            IdentityProviderUnavailable, IdentityProviderUnfit
        """
        kept = None if fresh else self._metadata.get(issuer, self._clock(), KEPT_SECONDS)
        if kept is None:
            answer = await self._call("GET", metadata_url(issuer))
            kept = read_metadata(_content(answer), issuer, self._schemes)
            self._metadata.put(issuer, kept, self._clock())
        return kept

    async def keys(self, metadata: Metadata, *, at_most: float = KEPT_SECONDS) -> KeySet:
        """The provider's keys, `at_most` so many seconds old.

        Raises:
            IdentityProviderUnavailable, IdentityProviderUnfit
        """
        kept = self._keys.get(metadata.jwks_uri, self._clock(), at_most)
        if kept is None:
            answer = await self._call("GET", metadata.jwks_uri)
            try:
                kept = id_token.read_keys(_content(answer))
            except ValueError as error:
                raise IdentityProviderUnfit("The provider's keys cannot be read.") from error
            self._keys.put(metadata.jwks_uri, kept, self._clock())
        return kept

    async def exchange(
        self, metadata: Metadata, client: Client, *, code: str, verifier: str, redirect_uri: str
    ) -> Tokens:
        """Tokens for a code.

        Raises:
            ExternalSignInRefused, IdentityProviderUnavailable, IdentityProviderUnfit
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": _FORM, "Accept": "application/json"}
        if metadata.secret_in_body:
            form |= {"client_id": client.id, "client_secret": client.secret}
        else:
            headers["Authorization"] = _basic(client)
        answer = await self._call(
            "POST", metadata.token_endpoint, headers=headers, body=urlencode(form).encode()
        )
        if answer.status in _REFUSING:
            raise ExternalSignInRefused(safe_error(_fields(answer.body).get("error")))
        try:
            return msgspec.json.decode(_content(answer), type=Tokens)
        except msgspec.DecodeError as error:
            raise ExternalSignInRefused("id_token_missing") from error

    async def verify(
        self, metadata: Metadata, token: str, expected: id_token.Expected
    ) -> dict[str, Any]:
        """The claims of an ID token; keys are fetched anew, once in a while, for an unknown one.

        Raises:
            ExternalSignInRefused, IdentityProviderUnavailable, IdentityProviderUnfit
        """
        try:
            return id_token.verify(token, await self.keys(metadata), expected)
        except id_token.KeyUnknown:
            newer = await self.keys(metadata, at_most=self._refetch_seconds)
        try:
            return id_token.verify(token, newer, expected)
        except id_token.KeyUnknown as error:
            raise ExternalSignInRefused("id_token_signature") from error

    async def userinfo(
        self, metadata: Metadata, access_token: str | None, subject: str
    ) -> Mapping[str, Any]:
        """What else the provider says of the same person (Core §5.3); empty if it says nothing.

        Raises:
            ExternalSignInRefused: it speaks of somebody else.
            IdentityProviderUnavailable
        """
        if metadata.userinfo_endpoint is None or not access_token or not access_token.isascii():
            return {}
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        answer = await self._call("GET", metadata.userinfo_endpoint, headers=headers)
        said = _fields(answer.body) if answer.status == _OK else {}
        if said and said.get("sub") != subject:
            raise ExternalSignInRefused("userinfo_sub")
        return said

    async def close(self) -> None:
        """Close what is open."""
        await self._outbound.close()

    async def _call(
        self,
        method: Literal["GET", "POST"],
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        try:
            return await self._outbound.call(
                method, url, headers=headers, body=body, max_bytes=MAX_BYTES, schemes=self._schemes
            )
        except AddressRefused as error:
            # What a name leads to inside is nobody's to learn.
            raise IdentityProviderUnfit(
                "The provider has an address that is not called."
            ) from error
        except CallFailed as error:
            log.info("identity_provider_away", reason=error.reason)
            raise IdentityProviderUnavailable("The identity provider does not answer.") from error


class _Kept(Generic[T]):
    """What was fetched and when; the oldest goes when there are too many."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def get(self, key: str, now: float, at_most: float) -> T | None:
        found = self._kept.get(key)
        return found[1] if found is not None and now - found[0] < at_most else None

    def put(self, key: str, value: T, now: float) -> None:
        self._kept[key] = (now, value)
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT_AT_MOST:
            self._kept.popitem(last=False)


def _content(answer: Answer) -> bytes:
    if answer.status != _OK:
        log.info("identity_provider_away", status=answer.status)
        raise IdentityProviderUnavailable("The identity provider does not answer as it must.")
    return answer.body


def _fields(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}


def _basic(client: Client) -> str:
    """RFC 6749 §2.3.1: both parts are encoded as in a form before they are joined."""
    joined = f"{quote(client.id, safe='')}:{quote(client.secret, safe='')}"
    return "Basic " + b64encode(joined.encode()).decode()

"""The library's judgement of an authorization request (RFC 6749, 4.1.1; RFC 7636).

Whoever asks is sent back to an address only once that address is known to be the application's own:
before that nothing is redirected. See docs/decisions/0013.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from authlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]
    AuthorizationServer,
    OAuth2Payload,
    OAuth2Request,
    grants,
)
from authlib.oauth2.rfc7636 import CodeChallenge  # type: ignore[import-untyped]
from yarl import URL

from platform_auth.scopes import granted
from ventros_identity.domain.application import Application, registered

Pairs = Sequence[tuple[str, str]]
"""The fields of a request in their order, each as often as it was sent."""

_URI: Final = "https://identity/oauth/authorize"
_ONCE: Final = frozenset(
    {
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "redirect_uri",
        "response_mode",
        "response_type",
        "scope",
        "state",
    }
)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A request that a person can be asked about. `scopes` are sorted."""

    application: Application
    redirect_uri: str
    scopes: list[str]
    code_challenge: str
    state: str | None


class SentBack(msgspec.Struct, frozen=True, kw_only=True):
    """A request that is refused, to the application's own address (RFC 6749, 4.1.2.1)."""

    redirect_uri: str
    error: str
    description: str
    state: str | None


class Unusable(msgspec.Struct, frozen=True, kw_only=True):
    """A request that says nothing of where to send anybody; a person is told why.

    `unknown`: it is not known who asks.
    """

    reason: str
    unknown: bool = False


def judge_authorization(
    pairs: Pairs, application: Application | None
) -> Wanted | SentBack | Unusable:
    """What is to be done with an authorization request.

    `application` is the enabled one that `client_id` names.
    """
    fields: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        # RFC 6749, section 3.1: what is sent without a value is as good as not sent.
        if value:
            fields[name].append(value)
    if len(fields["client_id"]) != 1 or application is None:
        reason = "The application is not known here, or is switched off."
        return Unusable(reason=reason, unknown=True)
    if len(fields["redirect_uri"]) != 1:
        return Unusable(reason="The request has to name one redirect_uri.")
    redirect_uri = fields["redirect_uri"][0]
    if not registered(redirect_uri, application.redirect_uris):
        return Unusable(reason="The redirect_uri is not one that the application has registered.")
    state = fields["state"][0] if len(fields["state"]) == 1 else None
    try:
        _check(fields, application)
    except OAuth2Error as error:
        return SentBack(
            redirect_uri=redirect_uri,
            error=error.error,
            description=error.description or "The request is refused.",
            state=state,
        )
    asked = " ".join(fields["scope"]).split() or application.scopes
    return Wanted(
        application=application,
        redirect_uri=redirect_uri,
        scopes=sorted(granted(asked).intersection(application.scopes)),
        code_challenge=fields["code_challenge"][0],
        state=state,
    )


def sent_to(redirect_uri: str, issuer: str, state: str | None, **fields: str) -> str:
    """The address of an answer: with `iss` (RFC 9207), and `state` as it came."""
    told = {**fields, "iss": issuer} | ({} if state is None else {"state": state})
    return str(URL(redirect_uri, encoded=True).extend_query(told))


def denied(wanted: Wanted, issuer: str) -> str:
    """The address of the answer that the person gives nothing."""
    return sent_to(
        wanted.redirect_uri,
        issuer,
        wanted.state,
        error="access_denied",
        error_description="The person said no.",
    )


def _check(fields: defaultdict[str, list[str]], application: Application) -> None:
    """Raises `OAuth2Error`."""
    for name in sorted(_ONCE):
        if len(fields[name]) > 1:
            raise OAuth2Error(f"Multiple {name} in request.", error="invalid_request")
    if fields["response_mode"] not in ([], ["query"]):
        raise OAuth2Error("Only response_mode=query is served.", error="invalid_request")
    for name in ("request", "request_uri"):
        if fields[name]:
            raise OAuth2Error(f"{name} is not served.", error=f"{name}_not_supported")
    if not fields["response_type"]:
        raise OAuth2Error("Missing response_type in request.", error="invalid_request")
    # The library would repeat it, and fails on letters that an error must not have.
    if fields["response_type"] != ["code"]:
        raise OAuth2Error("There is only code.", error="unsupported_response_type")
    _Server(application).get_consent_grant(_Request(fields))
    # The library lets requests without PKCE pass, and takes a missing method for another one.
    if not fields["code_challenge"]:
        raise OAuth2Error("Missing code_challenge in request.", error="invalid_request")
    if fields["code_challenge_method"] != ["S256"]:
        raise OAuth2Error("The code_challenge_method has to be S256.", error="invalid_request")
    if not granted(application.scopes):
        raise OAuth2Error("Nothing can be given any more.", error="invalid_scope")


class _Client:
    """An application, as the library asks about it."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def check_redirect_uri(self, uri: str) -> bool:
        return registered(uri, self._application.redirect_uris)

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def get_allowed_scope(self, scope: str | None) -> str | None:
        allowed = granted(self._application.scopes)
        wanted = allowed if not scope else frozenset(scope.split())
        return " ".join(sorted(wanted)) if wanted and wanted <= allowed else None


class _Payload(OAuth2Payload):  # type: ignore[misc]
    def __init__(self, fields: defaultdict[str, list[str]]) -> None:
        self._fields = fields

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._fields.items() if values}

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._fields


class _Request(OAuth2Request):  # type: ignore[misc]
    def __init__(self, fields: defaultdict[str, list[str]]) -> None:
        super().__init__("GET", _URI)
        self.payload = _Payload(fields)


class _Challenge(CodeChallenge):  # type: ignore[misc]
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)


class _Server(AuthorizationServer):  # type: ignore[misc]
    def __init__(self, application: Application) -> None:
        super().__init__(application.scopes)
        self._client = _Client(application)
        self.register_grant(grants.AuthorizationCodeGrant, [_Challenge(required=True)])

    def query_client(self, client_id: str) -> _Client:
        del client_id  # It is what was loaded.
        return self._client

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

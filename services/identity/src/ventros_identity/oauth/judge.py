"""The library's judgement of a token request (RFC 6749, RFC 7636), over what was loaded before.

Authlib asks for what it needs by synchronous callbacks. Nothing is read or written in them: all
that a request names was loaded before, and what is granted is written after. See
docs/decisions/0013.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import msgspec
from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]
    AuthorizationServer,
    OAuth2Request,
    grants,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import CodeChallenge  # type: ignore[import-untyped]

from platform_auth.scopes import granted
from ventros_identity.domain import application_secret
from ventros_identity.domain.application import Application, AuthorizationCode
from ventros_identity.domain.sign_in import SignIn

AUTH_METHODS: Final = ("client_secret_basic", "client_secret_post", "none")
GRANT_TYPES: Final = ("authorization_code", "client_credentials", "refresh_token")
# TLS ends before us; the library only asks whether the address is one that may be used.
_URI: Final = "https://identity/oauth/token"


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret of the application."""

    id: UUID
    hash: bytes


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What a request names, as far as it is there.

    `application` is one that is enabled. `code` may be used or over: `code_is_good` says.
    `sign_in` is the open one that the refresh token belongs to.
    """

    application: Application | None
    secrets: Sequence[Secret] = ()
    code: AuthorizationCode | None = None
    code_is_good: bool = False
    sign_in: SignIn | None = None


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be given: the scopes, and by which secret it was asked for."""

    application: Application
    scopes: list[str]
    secret_id: UUID | None


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of RFC 6749, section 5.2.

    With `reused` the client has shown a code of its own that was used before.
    """

    status: int
    body: Mapping[str, str]
    headers: Mapping[str, str]
    reused: bool = False


def refused(error: str, description: str) -> Refused:
    """A refusal of our own, in the same form."""
    body = {"error": error, "error_description": description}
    return Refused(status=HTTPStatus.BAD_REQUEST, body=body, headers={})


NOBODY: Final = Refused(
    status=HTTPStatus.UNAUTHORIZED,
    body={"error": "invalid_client", "error_description": "The client is not known, or not so."},
    headers={"WWW-Authenticate": 'Basic realm="ventros"'},
)
"""Whether there is such a client, and what of it was wrong, nobody is told."""


def judge(form: Mapping[str, str], authorization: str | None, loaded: Loaded) -> Granted | Refused:
    """What is to be done with a token request."""
    server = _Server(loaded)
    answer = server.create_token_response(_Request(form, authorization))
    return _verdict(server, answer)


def authenticate(
    form: Mapping[str, str], authorization: str | None, loaded: Loaded
) -> Granted | Refused:
    """Whether the client is who it says; for requests that are no token requests."""
    server = _Server(loaded)
    server.register_grant(_Who)
    request = _Request({**form, "grant_type": _WHO}, authorization)
    return _verdict(server, server.create_token_response(request))


_WHO: Final = "urn:ventros:client"


class _Client:
    """An application, as the library asks about it."""

    def __init__(self, loaded: Loaded, application: Application) -> None:
        self.application = application
        self.used: UUID | None = None
        self._secrets = loaded.secrets

    def check_client_secret(self, text: str) -> bool:
        place = application_secret.matching(text, [one.hash for one in self._secrets])
        if place is None:
            return False
        self.used = self._secrets[place].id
        return True

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        del endpoint
        return (method == "none") is (self.application.kind == "public")

    def check_grant_type(self, grant_type: str) -> bool:
        if grant_type == "client_credentials":
            return self.application.project_id is not None
        return True


class _Token:
    """A refresh token, as the library asks about it."""

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in

    def check_client(self, client: _Client) -> bool:
        return self._sign_in.application_id == client.application.id

    def get_scope(self) -> str:
        return " ".join(self._sign_in.scopes or ())


class _Code:
    """A code, as the library asks about it. The method is ours: there is no other."""

    code_challenge_method = "S256"

    def __init__(self, code: AuthorizationCode) -> None:
        self._code = code
        self.code_challenge = code.code_challenge

    def get_redirect_uri(self) -> str:
        return self._code.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self._code.scopes)


class _Request(OAuth2Request):  # type: ignore[misc]
    def __init__(self, form: Mapping[str, str], authorization: str | None) -> None:
        headers = {} if authorization is None else {"Authorization": authorization}
        super().__init__("POST", _URI, headers=headers)
        self.payload = BasicOAuth2Payload(dict(form))

    @property
    def form(self) -> Any:
        return self.payload.data


class _Challenge(CodeChallenge):  # type: ignore[misc]
    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)


class _ByCode(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def query_authorization_code(self, code: str, client: _Client) -> _Code | None:
        del code  # It is what was loaded.
        loaded: Loaded = self.server.loaded
        if loaded.code is None or loaded.code.application_id != client.application.id:
            return None
        self.server.reused = loaded.code.used_at is not None
        return _Code(loaded.code) if loaded.code_is_good else None

    def authenticate_user(self, code: _Code) -> _Code:
        return code

    def delete_authorization_code(self, code: _Code) -> None:
        """It is marked as used when the tokens are made."""


class _ByRefreshToken(grants.RefreshTokenGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def authenticate_refresh_token(self, text: str) -> _Token | None:
        del text  # It is what was loaded.
        sign_in: SignIn | None = self.server.loaded.sign_in
        return None if sign_in is None else _Token(sign_in)

    def authenticate_user(self, token: _Token) -> _Token:
        return token

    def revoke_old_credential(self, token: _Token) -> None:
        """It is exchanged when the tokens are made."""


class _ForItself(grants.ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS[:2]


class _Who(grants.ClientCredentialsGrant):  # type: ignore[misc]
    GRANT_TYPE = _WHO
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def validate_requested_scope(self) -> None:
        """Nothing is asked for."""


class _Server(AuthorizationServer):  # type: ignore[misc]
    def __init__(self, loaded: Loaded) -> None:
        application = loaded.application
        super().__init__(None if application is None else application.scopes)
        self.loaded = loaded
        self.client = None if application is None else _Client(loaded, application)
        self.reused = False
        self.register_grant(_ByCode, [_Challenge(required=True)])
        self.register_grant(_ByRefreshToken)
        self.register_grant(_ForItself)
        self.register_token_generator("default", _scope_alone)

    def query_client(self, client_id: str) -> _Client | None:
        if self.client is None or str(self.client.application.id) != client_id.lower():
            return None
        return self.client

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def handle_response(
        self, status: int, body: Any, headers: Any
    ) -> tuple[int, dict[str, str], dict[str, str]]:
        return status, dict(body), dict(headers)

    def save_token(self, token: Any, request: Any) -> None:
        """The tokens are made and written by whoever asked for the judgement."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""


def _scope_alone(*, scope: str | None, **_: Any) -> dict[str, str]:
    return {"scope": scope or ""}


def _verdict(
    server: _Server, answer: tuple[int, dict[str, str], dict[str, str]]
) -> Granted | Refused:
    status, body, _ = answer
    client = server.client
    if status != HTTPStatus.OK or client is None:
        if body.get("error") == "invalid_client":
            return NOBODY
        return Refused(status=status, body=body, headers={}, reused=server.reused)
    application = client.application
    wanted = body["scope"].split() or application.scopes
    # What it was given when it may ask for less by now, or when nobody can be given it any more.
    scopes = granted(wanted).intersection(application.scopes)
    if not scopes:
        return refused("invalid_scope", "Nothing of this scope can be given any more.")
    return Granted(application=application, scopes=sorted(scopes), secret_id=client.used)

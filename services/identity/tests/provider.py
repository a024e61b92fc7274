"""An OpenID provider on this machine: `oidc-provider-mock`, which can be made to lie."""

import asyncio
import contextlib
import hmac
import json
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import httpx
import oidc_provider_mock
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

from .conftest import Tenant

SECRET = "a/secret with: signs"

Claims = dict[str, Any]
_NONE = urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()


class Provider:
    """A provider and what it says.

    `claims` changes the ID token's claims, None leaves one out; `sign` makes the token; `tell`
    changes the metadata. `forms` are the token requests, `userinfo` those for a person.
    It answers while `awake` is set.
    """

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.published = [self.key]
        self.claims: Claims = {}
        self.tell: Claims = {}
        self.sign: Callable[[Claims], str] = self.honestly
        self.forms: list[dict[str, str]] = []
        self.authorizations: list[str] = []
        self.userinfo = 0
        self.awake = threading.Event()
        self.awake.set()

    def honestly(self, claims: Claims) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def with_public_key_as_secret(self, claims: Claims) -> str:
        """By hand: libraries refuse to."""
        head = _base64(b'{"alg":"HS256","kid":"one"}')
        signed = f"{head}.{_base64(json.dumps(claims).encode())}"
        secret = self.key.as_pem(private=False)
        return f"{signed}.{_base64(hmac.digest(secret, signed.encode(), 'sha256'))}"

    def unsigned(self, claims: Claims) -> str:
        return f"{_NONE}.{_base64(json.dumps(claims).encode())}."

    def rotate(self, kid: str) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": kid})
        self.published = [self.key]

    def knows(self, subject: str, **claims: Any) -> None:
        """There is somebody with these claims."""
        httpx.put(f"{self.issuer}/users/{subject}", json=claims).raise_for_status()

    def visit(self, authorization_url: str, subject: str) -> dict[str, str]:
        """Somebody's browser goes there and signs in; the query that it comes back with."""
        answer = httpx.post(authorization_url, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        query = urlsplit(answer.headers["location"]).query
        return {name: values[0] for name, values in parse_qs(query).items()}


@contextlib.contextmanager
def running() -> Iterator[Provider]:
    """A provider that answers until the block ends."""
    app = oidc_provider_mock.app()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    provider = Provider(f"http://127.0.0.1:{server.server_port}")
    app.after_request(lambda response: _changed(provider, response))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def _changed(provider: Provider, response: flask.Response) -> flask.Response:
    provider.awake.wait(10)
    path = flask.request.path
    if path == "/.well-known/openid-configuration":
        told = {**json.loads(response.data), **provider.tell}
        response.data = json.dumps({name: one for name, one in told.items() if one is not None})
    elif path == "/jwks":
        keys = [key.as_dict(private=False) for key in provider.published]
        response.data = json.dumps({"keys": keys})
    elif path == "/oauth2/token":
        authorization = flask.request.headers.get("Authorization", "")
        provider.authorizations.append(authorization)
        provider.forms.append(dict(flask.request.form))
        if response.status_code == 200:
            said = json.loads(response.data)
            claims = {**_claims(said["id_token"]), **provider.claims}
            said["id_token"] = provider.sign(
                {name: one for name, one in claims.items() if one is not None}
            )
            response.data = json.dumps(said)
    elif path == "/userinfo":
        provider.userinfo += 1
    return response


def _claims(token: str) -> Claims:
    body = token.split(".")[1]
    claims: Claims = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


async def register(tenant: Tenant, provider: Provider, **fields: Any) -> str:
    body = {
        "name": "Ana's own", "issuer": provider.issuer, "client_id": "our client",
        "client_secret": SECRET,
    }  # fmt: skip
    answer = await tenant.call("POST", "/v1/identity-providers", json=body | fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def begin(tenant: Tenant, provider_id: str, **fields: Any) -> dict[str, Any]:
    body = {"provider_id": provider_id, **fields}
    answer = await tenant.call("POST", "/v1/auth/external", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    content: dict[str, Any] = answer.json()
    return content


async def finish(tenant: Tenant, flow: str, back: dict[str, str]) -> httpx.Response:
    known = {name: back[name] for name in ("state", "code", "error", "iss") if name in back}
    return await tenant.call("POST", "/v1/auth/external/finish", json={"flow": flow, **known})


async def come(
    tenant: Tenant, provider: Provider, provider_id: str, subject: str
) -> httpx.Response:
    begun = await begin(tenant, provider_id)
    back = await asyncio.to_thread(provider.visit, begun["authorization_url"], subject)
    return await finish(tenant, begun["flow"], back)

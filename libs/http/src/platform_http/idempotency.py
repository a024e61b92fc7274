"""`Idempotency-Key`: a POST that is sent again has one effect and gets the same answer.

After draft-ietf-httpapi-idempotency-key-header-07. The answer is kept in the transaction of the
work, so there is never one without the other: the handler's `writer` leaves its transaction open,
and it is committed here with the answer in it, before the first byte of the answer is sent.

The answer is sealed with AES-256-GCM under a key that is derived (HKDF-SHA256) from the
Idempotency-Key, of which only a hash is stored: whoever has the database alone can read neither.
"""

import hashlib
from collections.abc import Mapping, MutableMapping
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Final, TypeAlias, cast

import msgspec
from litestar import Litestar, Request, Response
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from litestar.types.asgi_types import HTTPResponseStartEvent

from platform_auth import Principal, routes
from platform_core.errors import Conflict, Invalid
from platform_crypto import DecryptionError, open_under, seal_under
from platform_http.problems import FieldError, RequestError
from platform_http.transactions import SLOT, Bell
from platform_postgres import Database, Tx

HEADER: Final = "idempotency-key"
KEPT_HOURS: Final = 24
SHORTEST, LONGEST = 8, 255
"""Characters of a key; visible ASCII. A UUIDv4 is what we recommend."""

_KEPT: Final = timedelta(hours=KEPT_HOURS)
_SWEPT: Final = 20
_PURPOSE: Final = b"ventros idempotent answer"

_ENTER = "SELECT is_locked, request, answer FROM enter_idempotent_request($1, $2, $3, $4)"
# What is too old goes with the next request of its tenant, a few at a time.
_KEEP = f"""
WITH old AS (
    DELETE FROM idempotent_request
    WHERE tenant_id = $1 AND (fingerprint = $2 OR fingerprint = ANY (ARRAY (
        SELECT fingerprint FROM idempotent_request
        WHERE tenant_id = $1 AND created_at <= now() - interval '{KEPT_HOURS} hours'
        ORDER BY created_at LIMIT {_SWEPT}
    )))
    RETURNING 1
)
INSERT INTO idempotent_request (tenant_id, fingerprint, request, answer)
SELECT $1, $2, $3, $4 FROM (SELECT count(*) FROM old) AS first
"""  # noqa: S608 - numbers of ours

Opts: TypeAlias = Mapping[str, Any]
AnyRequest: TypeAlias = Request[Any, Any, Any]


class KeyReused(Invalid):
    """The same key came with another request."""

    code = "idempotency_key_reused"


class StillRunning(Conflict):
    """The first request with this key has not ended yet."""

    code = "idempotency_key_in_use"


class AnswerNotKept(Conflict):
    """The request was done; its answer holds a secret that is shown once."""

    code = "answer_shown_once"


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """An answer as it was sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Replay(Exception):
    """The answer is known: the work must not be done, `handle_replay` sends it."""

    def __init__(self, kept: Kept) -> None:
        super().__init__()
        self.kept = kept


class Once:
    """One request with a key: its transaction, from the handler's `writer` to the answer."""

    def __init__(
        self,
        db: Database,
        bell: Bell | None,
        principal: Principal,
        key: str,
        route: str,
        *,
        same_plan: bool = False,
    ) -> None:
        self._same_plan = same_plan
        self._db = db
        self._bell = bell
        self._tenant = principal.tenant_id
        self._key = key.encode()
        parts = (str(principal.project_id), str(principal.subject), route, key)
        self._fingerprint = _digest(*(part.encode() for part in parts))
        self.request = hashlib.sha256()
        self._stack = AsyncExitStack()
        self._tx: Tx | None = None

    async def begin(self) -> Tx:
        """The transaction of the work; the same one if the handler asks twice.

        Raises:
            StillRunning, KeyReused, AnswerNotKept
            Replay: the work was done before
        """
        if self._tx is not None:
            return self._tx
        tx = await self._stack.enter_async_context(
            self._db.tenant(self._tenant, same_plan=self._same_plan)
        )
        lock = int.from_bytes(self._fingerprint[:8], "big", signed=True)
        row = await tx.fetchrow(_ENTER, self._tenant, self._fingerprint, lock, _KEPT)
        if row is None or not row["is_locked"]:
            raise StillRunning("The first request with this Idempotency-Key is still running.")
        if row["request"] is not None:
            if row["request"] != self.request.digest():
                raise KeyReused("This Idempotency-Key was used for another request.")
            if row["answer"] is None:
                raise AnswerNotKept("This was done already; its answer is shown only once.")
            raise Replay(self._open(row["answer"]))
        self._tx = tx
        return tx

    async def finish(self, kept: Kept, *, secret: bool) -> None:
        """Commit the work with its answer; a refusal is neither kept nor committed."""
        if self._tx is None:
            return
        if kept.status >= 400:
            await self.abandon()
            return
        tx, self._tx = self._tx, None
        answer = None if secret else self._seal(kept)
        digest = self.request.digest()
        try:
            await tx.execute(_KEEP, self._tenant, self._fingerprint, digest, answer)
        except BaseException as error:
            await self._stack.__aexit__(type(error), error, error.__traceback__)
            raise
        await self._stack.aclose()
        if self._bell is not None:
            self._bell.ring()

    async def abandon(self) -> None:
        """Take back what was done; nothing happens when it has ended already."""
        self._tx = None
        refused = _Refused()
        await self._stack.__aexit__(_Refused, refused, None)

    def _seal(self, kept: Kept) -> bytes:
        plain = msgspec.msgpack.encode(kept)
        return seal_under(self._key, plain, purpose=_PURPOSE, context=self._fingerprint)

    def _open(self, sealed: bytes) -> Kept:
        try:
            plain = open_under(self._key, sealed, purpose=_PURPOSE, context=self._fingerprint)
        except DecryptionError as error:
            raise AnswerNotKept("The kept answer cannot be read any more.") from error
        return msgspec.msgpack.decode(plain, type=Kept)


class _Refused(Exception):
    """Rolls a transaction back."""


class Idempotency(ASGIMiddleware):
    """Serves POSTs of known callers once per key.

    A handler says `idempotency="required"` when it is not to be called without a key, and
    `answer="secret"` when its answer must not be kept; `plans="same"` when it is called often and
    finds everything by keys (see `Database.tenant`).
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, db: Database, bell: Bell | None) -> None:
        self._db = db
        self._bell = bell
        self._opts: dict[str, Opts] = {}

    def learn(self, app: Litestar) -> None:
        """Take over what the handlers say; to be called once, before serving."""
        for route in app.routes:
            if isinstance(route, HTTPRoute):
                for handler in route.route_handlers:
                    if "POST" in handler.http_methods:
                        self._opts[route.path_format] = handler.opt

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Serve with a key, or pass on."""
        request = cast("HTTPScope", scope)
        principal = scope.get("user")
        if request["method"] != "POST" or not isinstance(principal, Principal):
            await next_app(scope, receive, send)
            return
        opts = self._opts.get(str(scope["path_template"]), {})
        key = _key(request, required=opts.get("idempotency") == "required")
        if key is None:
            await next_app(scope, receive, send)
            return
        route = f"POST {scope['path_template']}"
        same_plan = opts.get("plans") == "same"
        once = Once(self._db, self._bell, principal, key, route, same_plan=same_plan)
        once.request.update(request["raw_path"] + b"?" + request["query_string"] + b"\n")
        answer = _Answer(once, send, secret=opts.get("answer") == "secret")
        cast("MutableMapping[str, Any]", scope["state"])[SLOT] = once
        try:
            await next_app(scope, _hashed(receive, once), answer)
        finally:
            await once.abandon()


def required_keys(app: Litestar) -> set[str]:
    """The shapes of paths whose POST is not to be called without a key."""
    return {
        routes.shape(route.path_format)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.opt.get("idempotency") == "required"
    }


class _Answer:
    """Holds an answer back until its work is committed."""

    def __init__(self, once: Once, send: Send, *, secret: bool) -> None:
        self._once = once
        self._send = send
        self._secret = secret
        self._start: HTTPResponseStartEvent | None = None
        self._body: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body.append(message["body"])
            if not message["more_body"]:
                await self._whole(self._start, b"".join(self._body))
        else:
            await self._send(message)

    async def _whole(self, start: HTTPResponseStartEvent, body: bytes) -> None:
        headers = [(bytes(name), bytes(value)) for name, value in start["headers"]]
        kept = Kept(start["status"], headers, body)
        await self._once.finish(kept, secret=self._secret)
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body, "more_body": False})


def handle_replay(_: AnyRequest, replay: Replay) -> Response[bytes]:
    """The answer as it was, marked as a repetition."""
    kept = replay.kept
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in kept.headers}
    headers.pop("content-length", None)  # a 204 has none
    media_type = headers.pop("content-type", None)
    return Response(
        kept.body,
        status_code=kept.status,
        media_type=media_type,
        headers={**headers, "idempotent-replayed": "true"},
    )


def _hashed(receive: Receive, once: Once) -> Receive:
    """The body as it passes: it has been read when the work begins."""

    async def hashed() -> Any:
        message = await receive()
        if message["type"] == "http.request":
            once.request.update(message["body"])
        return message

    return hashed


def _key(scope: HTTPScope, *, required: bool) -> str | None:
    given = [value for name, value in scope["headers"] if name == HEADER.encode()]
    if not given:
        if required:
            raise _refused("idempotency_key_required", "This request needs an Idempotency-Key.")
        return None
    key = given[0].decode("latin-1")
    visible = all("!" <= character <= "~" for character in key)
    if len(given) > 1 or not SHORTEST <= len(key) <= LONGEST or not visible:
        raise _refused(
            "idempotency_key_invalid",
            f"The Idempotency-Key is one value of {SHORTEST} to {LONGEST} visible characters.",
        )
    return key


def _refused(code: str, detail: str) -> RequestError:
    field = FieldError(code=code, detail=detail, parameter="Idempotency-Key")
    return RequestError(400, code, detail, [field])


def _digest(*parts: bytes) -> bytes:
    """Length-prefixed, so that no two lists of parts give the same hash."""
    return hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()

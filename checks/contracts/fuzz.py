"""What an API's document says, asked of the application itself: Schemathesis over ASGI.

Requests are made from the document: its examples, its boundary values, values beside them, and
chains in which one answer's ids go into the next request. Every answer is held to the document.
The same requests are made in every run.
"""

import asyncio
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.engine import events, from_schema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from platform_http import Problem

BEYOND_THE_SCHEMA: Final = frozenset(
    {
        "invalid_cursor",
        "missing_filter",
        "unknown_timezone",
        "invalid_text",
        # RFC 6749, section 5.2: 400 is what it has for grants that are not good.
        "invalid_grant",
        "invalid_scope",
        "unauthorized_client",
    }
)
"""Codes of refusals that a document can only tell in words: a request that fits the schema gets
them with 400 all the same."""

CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "accepts_what_it_documents",
    "ignored_auth",
    "missing_required_header",
    "unsupported_method",
)

_SHOWN: Final = 600
_SEED: Final = 20_260_302
_ACCEPTED: Final = ["2xx", "401", "403", "404", "409", "422", "429", "503"]


class Finding(msgspec.Struct, frozen=True, order=True):
    """A promise that the application broke, with the request that shows it."""

    operation: str
    check: str
    message: str
    request: str
    answer: str = ""

    def __str__(self) -> str:
        told = f"{self.operation}: {self.check}: {self.message}"
        return f"{told}\n    {self.request[:_SHOWN]}\n    {self.answer[:_SHOWN]}"


class Found(msgspec.Struct, frozen=True):
    """What came of a run: what was broken, and how often each operation gave each status."""

    findings: Sequence[Finding]
    statuses: Mapping[str, Mapping[int, int]]

    @property
    def told(self) -> str:
        """All findings as text; empty when there are none."""
        return "\n".join(map(str, self.findings))


def unanswered(document: Mapping[str, Any], found: Found) -> list[str]:
    """Operations that never gave a 2xx: nothing is known of their answers."""
    return [
        label
        for path, item in document["paths"].items()
        for method in item
        if (label := f"{method.upper()} {path}")
        and not any(200 <= status < 300 for status in found.statuses.get(label, {}))
    ]


async def fuzz(
    app: Any,
    document: Mapping[str, Any],
    *,
    token: Callable[[], str] | None = None,
    known: Mapping[str, Sequence[str]] | None = None,
    examples: int = 10,
    chains: int = 10,
    valid_only: bool = False,
) -> Found:
    """Ask `app`, which runs in this loop, everything that `document` gives rise to.

    `token` makes bearer tokens. `known` has ids that exist, by the name of a parameter or field:
    every other valid request has them in place of its own. `examples` is how many requests are
    generated per operation and `chains` how many chains, beside those that follow from the
    document's bounds. With `valid_only` every request is as the document wants it.
    """
    config = _config(examples, chains, valid_only=valid_only)
    loop = asyncio.get_running_loop()
    bridged = _in_loop(app, loop)
    return await asyncio.to_thread(_run, bridged, dict(document), token, known or {}, config)


def _run(
    app: Any,
    document: dict[str, Any],
    token: Callable[[], str] | None,
    known: Mapping[str, Sequence[str]],
    config: SchemathesisConfig,
) -> Found:
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.app = app
    schema.hook("map_case")(_knowing(known))
    if token is not None:
        _sign_in(schema, token)
    findings: dict[tuple[str, str, str], Finding] = {}
    statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            finding = Finding(event.label, "could not be asked", repr(event.value), "")
            findings[event.label, finding.check, finding.message] = finding
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.ScenarioFinished):
            for finding in _failures(event.recorder):
                findings.setdefault((finding.operation, finding.check, finding.message), finding)
            _count(event.recorder, statuses)
    return Found(findings=sorted(findings.values()), statuses=statuses)


def _config(examples: int, chains: int, *, valid_only: bool) -> SchemathesisConfig:
    mode = "positive" if valid_only else "all"
    generation: dict[str, Any] = {"deterministic": True, "no-shrink": True, "mode": mode}
    generated = {**generation, "max-examples": examples}
    chained = {**generation, "max-examples": chains}
    return SchemathesisConfig.from_dict(
        {
            "seed": _SEED,
            "checks": {
                "enabled": False,
                **{name: {"enabled": True} for name in CHECKS},
                "positive_data_acceptance": {"enabled": False, "expected-statuses": _ACCEPTED},
            },
            "continue-on-failure": True,
            "generation": generation,
            "phases": {
                "coverage": {"generation": generation},
                "fuzzing": {"generation": generated},
                "stateful": {"max-steps": 4, "generation": chained},
            },
        }
    )


@schemathesis.check
def accepts_what_it_documents(ctx: Any, response: Any, case: Any) -> None:
    """A request that fits the document is accepted, or refused for a rule that is not in it."""
    if response.status_code == 400 and _codes(response.content) & BEYOND_THE_SCHEMA:
        return
    positive_data_acceptance(ctx, response, case)


def _codes(body: bytes) -> set[str]:
    """The code of a problem, and those of its fields."""
    try:
        problem = msgspec.json.decode(body, type=Problem)
    except msgspec.MsgspecError:
        return _oauth_code(body)
    return {problem.code, *(error.code for error in problem.errors or [])}


def _oauth_code(body: bytes) -> set[str]:
    """The code of an error in OAuth's own format."""
    try:
        return {msgspec.json.decode(body, type=_OAuthError).error}
    except msgspec.MsgspecError:
        return set()


class _OAuthError(msgspec.Struct, frozen=True):
    error: str


def _sign_in(schema: Any, token: Callable[[], str]) -> None:
    class Bearer:
        def get(self, case: Any, context: Any) -> str:
            return token()

        def set(self, case: Any, data: str, context: Any) -> None:
            case.headers["Authorization"] = f"Bearer {data}"

    # Internal tokens live for a minute.
    schema.auth(refresh_interval=20)(Bearer)


def _knowing(known: Mapping[str, Sequence[str]]) -> Callable[[Any, Any], Any]:
    turns = itertools.count()
    # What only reads has turns of its own: which ids it meets hangs on no other operation.
    reads: defaultdict[str, Iterator[int]] = defaultdict(itertools.count)

    def map_case(context: Any, case: Any) -> Any:
        turn = next(turns)
        case.body = _whole(case.body)
        if case.meta is None or not case.meta.generation.mode.is_positive:
            return case
        if case.method.upper() == "GET":
            turn = next(reads[case.operation.label])
        if turn % 2 == 0:
            for part in (case.path_parameters, case.query, case.body):
                if isinstance(part, dict):
                    _use(part, known, turn // 2)
        return case

    return map_case


def _whole(value: Any) -> Any:
    """Whole numbers without a fraction: to a schema 5.0 is an integer, to most that read JSON, and
    to us, it is none."""
    if isinstance(value, dict):
        return {name: _whole(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _use(part: dict[str, Any], known: Mapping[str, Sequence[str]], turn: int) -> None:
    for name in part.keys() & known.keys():
        ids = known[name]
        one = ids[turn % len(ids)]
        part[name] = [ids[(turn + 1) % len(ids)]] if isinstance(part[name], list) else one
    for inner in part.values():
        if isinstance(inner, dict):
            _use(inner, known, turn)


def _failures(recorder: Any) -> list[Finding]:
    found = []
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                failure: Failure = check.failure_info.failure
                case = recorder.cases[case_id].value
                response = recorder.find_response(case_id=case_id)
                found.append(
                    Finding(
                        operation=case.operation.label,
                        check=check.name,
                        message=" ".join(f"{failure.title}: {failure.message}".split()),
                        request=check.failure_info.code_sample,
                        answer=f"{response.status_code} {response.text}" if response else "",
                    )
                )
    return found


def _count(recorder: Any, statuses: defaultdict[str, Counter[int]]) -> None:
    for case_id, interaction in recorder.interactions.items():
        if interaction.response is not None:
            operation = recorder.cases[case_id].value.operation
            if interaction.request.method == operation.method.upper():
                statuses[operation.label][interaction.response.status_code] += 1


def _in_loop(app: Any, loop: asyncio.AbstractEventLoop) -> Any:
    """`app` for callers of another loop: pools and locks belong to the loop they were made in."""

    async def bridged(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        answer = asyncio.run_coroutine_threadsafe(_call(app, scope, body), loop)
        for message in await asyncio.wrap_future(answer):
            await send(message)

    return bridged


async def _call(app: Any, scope: Any, body: bytes) -> list[Any]:
    sent: list[Any] = []
    asked = False
    answered = asyncio.Event()

    async def receive() -> Any:
        nonlocal asked
        if asked:
            # A client stays until it has its answer.
            await answered.wait()
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            answered.set()

    await app(scope, receive, send)
    return sent

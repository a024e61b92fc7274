"""Strict input: what a handler did not ask for, or not in this form, is refused with its reason."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec
from litestar import Litestar, Request
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from platform_core.types import AwareDatetime
from platform_http.problems import FieldError, RequestError
from platform_http.validation import body_error, parameter_errors

_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


class LooseBodyError(TypeError):
    """A request Struct would ignore unknown fields."""


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON body is read straight into the handler's Struct, without coercion.

    Litestar would turn "5" into 5 where an int is asked for.
    """

    async def json(self) -> Any:
        """The body as the type of the handler's `data` parameter.

        Raises:
            RequestError: 400 for what is not JSON or not valid, 415 for another media type.
        """
        body = await self.body()
        content_type = self.headers.get("content-type")
        if content_type is not None and not _is_json(content_type):
            raise RequestError(415, "unsupported_media_type", "The body has to be JSON.")
        kind = self.route_handler.parsed_fn_signature.parameters["data"].annotation
        try:
            return _decoder(kind).decode(body)
        except msgspec.ValidationError as error:
            raise RequestError(
                400, "validation_failed", "The body is not valid.", [body_error(str(error))]
            ) from error
        except UnicodeDecodeError as error:
            raise RequestError(400, "invalid_utf8", "The body is not UTF-8.") from error
        except (msgspec.DecodeError, RecursionError) as error:
            raise RequestError(400, "malformed_json", "The body is not JSON.") from error


class _Parameter(msgspec.Struct, frozen=True):
    repeatable: bool
    moment: bool


class StrictQuery(ASGIMiddleware):
    """Refuses unknown and repeated query parameters, what is not UTF-8, and moments that are not
    in RFC 3339 with a time zone: Litestar takes any number for one, and drops `Meta(tz=True)`.

    A handler with the option `query="own"` reads its query itself: another protocol says what of
    it is to be ignored.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Mapping[str, _Parameter]] = {}

    def learn(self, app: Litestar) -> None:
        """Take over the parameters of every handler; to be called once, before serving."""
        for route in app.routes:
            if isinstance(route, HTTPRoute):
                for method, (handler, model) in route.route_handler_map.items():
                    if handler.opt.get("query") == "own":
                        continue
                    self._known[method, route.path_format] = {
                        parameter.field_alias: _Parameter(
                            parameter.is_sequence, _is_moment(handler, parameter.field_name)
                        )
                        for parameter in model.expected_query_params
                    }

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Check the query string, if there is one."""
        if query := scope["query_string"]:
            known = self._known.get((scope["method"], scope["path_template"]))  # type: ignore[typeddict-item]
            if known is not None:
                self._check(query, known)
        await next_app(scope, receive, send)

    def _check(self, query: bytes, known: Mapping[str, _Parameter]) -> None:
        try:
            text = query.decode("ascii")
            unquote_to_bytes(query).decode()
        except UnicodeDecodeError as error:
            raise RequestError(400, "invalid_utf8", "The query string is not UTF-8.") from error
        if "%00" in text:
            raise RequestError(400, "invalid_text", "The query string has a character not allowed.")
        seen: set[str] = set()
        for name, value in parse_qsl(text, keep_blank_values=True):
            parameter = known.get(name)
            if parameter is None:
                raise _refused(name, "unknown_parameter", "There is no such parameter.")
            if name in seen and not parameter.repeatable:
                raise _refused(name, "repeated_parameter", "The parameter is given twice.")
            if parameter.moment:
                _check_moment(name, value)
            seen.add(name)


def check_bodies(app: Litestar) -> None:
    """Every request Struct forbids unknown fields, or the application does not start.

    Raises:
        LooseBodyError: naming the handler and the Struct.
    """
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                _check_body(handler)


def _check_body(handler: HTTPRouteHandler) -> None:
    field = handler.parsed_fn_signature.parameters.get("data")
    if field is None:
        return
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if not kind.__struct_config__.forbid_unknown_fields:
                raise LooseBodyError(f"{handler}: {kind.__name__} ignores unknown fields")
            _decoder(field.annotation)


def _is_moment(handler: HTTPRouteHandler, name: str) -> bool:
    field = handler.parsed_fn_signature.parameters.get(name)
    return field is not None and _made_of(field.annotation, datetime)


def _made_of(kind: Any, part: type) -> bool:
    """Whether `part` is in `kind`, such as `datetime` in `Annotated[datetime, …] | None`."""
    return kind is part or any(_made_of(one, part) for one in get_args(kind))


def _check_moment(name: str, value: str) -> None:
    try:
        msgspec.convert(value, AwareDatetime)
    except msgspec.ValidationError as error:
        raise RequestError(
            400,
            "validation_failed",
            "The request has values that are not valid.",
            parameter_errors([{"key": name, "message": str(error)}]),
        ) from error


def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    return decoder


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _refused(name: str, code: str, detail: str) -> RequestError:
    error = FieldError(code=code, detail=detail, parameter=name[:64])
    return RequestError(400, code, f"The query string is not valid: {detail}", [error])

"""What each kind of route may cost: how often, how large, how long. One table.

The quotas are defaults; `VENTROS_LIMIT_<CLASS>_<WHOSE>` overrides one, as requests/seconds.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from platform_auth.routes import WEBSOCKET, Route
from platform_cache import Quota

Whose = Literal["caller", "tenant", "address", "webhook"]
_PATTERN: Final = r"^[1-9][0-9]{0,8}/[1-9][0-9]{0,5}$"

KIB: Final = 1024
MIB: Final = 1024 * KIB

API_KEY_GUESS: Final = "api_key_guess"
"""Not of a route: a key that is not known, counted by the address that it came from."""

SAFE: Final = frozenset({"GET", "HEAD"})
FILES: Final = "/v1/files"
"""Where files are brought: their bytes pass through as they come."""
UPLOAD: Final = "upload"
UPLOAD_SECONDS: Final = 900.0
"""The service answers when it has all of the file: 100 MiB at 1 Mbit/s. Who sends slower than any
body may come is refused before."""


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How often, as requests/seconds. An address is where a request without a caller comes from."""

    limit_read_caller: Annotated[
        str, Meta(pattern=_PATTERN, description="Requests/seconds: GET by one person or key.")
    ] = "6000/60"
    limit_read_tenant: Annotated[
        str, Meta(pattern=_PATTERN, description="Requests/seconds: GET by all of a tenant.")
    ] = "30000/60"
    limit_read_address: Annotated[
        str, Meta(pattern=_PATTERN, description="Requests/seconds: public GET from one address.")
    ] = "6000/60"
    limit_write_caller: Annotated[
        str, Meta(pattern=_PATTERN, description="Requests/seconds: changes by one person or key.")
    ] = "3000/60"
    limit_write_tenant: Annotated[
        str, Meta(pattern=_PATTERN, description="Requests/seconds: changes by all of a tenant.")
    ] = "12000/60"
    limit_sign_in_address: Annotated[
        str,
        Meta(
            pattern=_PATTERN,
            description="Requests/seconds: sign-in and sign-up from one address.",
        ),
    ] = "300/60"
    limit_api_key_guess_address: Annotated[
        str, Meta(pattern=_PATTERN, description="Wrong API keys/seconds from one address.")
    ] = "60/60"
    limit_webhook_webhook: Annotated[
        str, Meta(pattern=_PATTERN, description="Requests/seconds: deliveries to one webhook.")
    ] = "12000/60"
    limit_webhook_address: Annotated[
        str,
        Meta(
            pattern=_PATTERN,
            description="Requests/seconds: all webhooks from one address.",
        ),
    ] = "120000/60"
    limit_stream_caller: Annotated[
        str, Meta(pattern=_PATTERN, description="Streams and WebSockets opened/seconds by one.")
    ] = "120/60"
    limit_stream_tenant: Annotated[
        str,
        Meta(
            pattern=_PATTERN,
            description="Streams and WebSockets opened/seconds by all of a tenant.",
        ),
    ] = "6000/60"
    limit_stream_address: Annotated[
        str,
        Meta(pattern=_PATTERN, description="Public WebSockets opened/seconds from one address."),
    ] = "600/60"
    limit_write_body: Annotated[
        int, Meta(ge=1, description="Largest body of a change, in bytes.")
    ] = 1 * MIB
    limit_upload_caller: Annotated[
        str, Meta(pattern=_PATTERN, description="Requests/seconds: files brought by one.")
    ] = "600/60"
    limit_upload_tenant: Annotated[
        str,
        Meta(pattern=_PATTERN, description="Requests/seconds: files brought by all of a tenant."),
    ] = "3000/60"
    limit_upload_body: Annotated[
        int, Meta(ge=1, description="Largest file that is brought, in bytes.")
    ] = 100 * MIB
    limit_webhook_body: Annotated[
        int, Meta(ge=1, description="Largest body of a webhook, in bytes.")
    ] = 8 * MIB


class RouteClass(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of route.

    `body` is the largest body in bytes; `answer` how long a service may take to begin its answer,
    and to go on with it, in seconds. `needs_redis`: rather refused than counted by each process
    alone.
    """

    name: str
    body: int
    answer: float
    quotas: Mapping[Whose, Quota]
    needs_redis: bool = False


def class_name(route: Route) -> str:
    """The kind of a route: from its path where that says it, else from its method."""
    if route.path.startswith("/webhooks/"):
        return "webhook"
    if route.method == WEBSOCKET or route.at_the_edge:
        return "stream"
    if route.public and route.method not in SAFE:
        # Signing in and up, resets, invitations: whoever has no token yet.
        return "sign_in"
    if route.method == "POST" and route.path == FILES:
        return UPLOAD
    return "read" if route.method in SAFE else "write"


def classes(limits: LimitSettings, *, slowest: float) -> dict[str, RouteClass]:
    """The table, by name. No answer takes longer than `slowest` seconds, but for files that are
    brought: their time is the client's."""
    sizes: dict[str, tuple[int, float, tuple[Whose, ...]]] = {
        "read": (64 * KIB, 15.0, ("caller", "tenant", "address")),
        "write": (limits.limit_write_body, 30.0, ("caller", "tenant")),
        UPLOAD: (limits.limit_upload_body, UPLOAD_SECONDS, ("caller", "tenant")),
        "sign_in": (64 * KIB, 15.0, ("address",)),
        API_KEY_GUESS: (0, slowest, ("address",)),
        "stream": (0, 15.0, ("caller", "tenant", "address")),
        "webhook": (limits.limit_webhook_body, 15.0, ("webhook", "address")),
    }
    return {
        name: RouteClass(
            name=name,
            body=body,
            answer=answer if name == UPLOAD else min(answer, slowest),
            quotas={whose: Quota.parse(getattr(limits, f"limit_{name}_{whose}")) for whose in whom},
            needs_redis=name == "sign_in",
        )
        for name, (body, answer, whom) in sizes.items()
    }

"""How many may listen, and how long."""

from typing import Annotated

import msgspec
from msgspec import Meta


class LiveSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the live stream, for each gateway by itself. Times are in seconds."""

    live_listeners: Annotated[
        int, Meta(ge=1, description="Live streams that are open at one time.")
    ] = 10_000
    live_listeners_tenant: Annotated[int, Meta(ge=1, description="Live streams of one tenant.")] = (
        2_000
    )
    live_listeners_caller: Annotated[
        int, Meta(ge=1, description="Live streams of one person, key or application.")
    ] = 20
    live_lifetime: Annotated[
        float,
        Meta(gt=0, description="Seconds after which a live stream ends, and its client returns."),
    ] = 900.0
    live_ping: Annotated[
        float, Meta(gt=0, description="Seconds of silence after which a stream gives a sign.")
    ] = 15.0
    live_linger: Annotated[
        float,
        Meta(ge=0, description="Seconds for which events are heard on when nobody listens."),
    ] = 300.0

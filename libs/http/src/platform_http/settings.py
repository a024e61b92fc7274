"""What an operator says about the HTTP side of a process."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the process listens, whose internal tokens it accepts, how long it may take to stop.

    `internal_token_public_key` is the path of a PEM file with one or more public keys; times are
    in seconds.
    """

    internal_token_public_key: Annotated[
        Path,
        Meta(
            description="PEM file with the public keys that the gateway's tokens are verified with."
        ),
    ]
    http_port: Annotated[int, Meta(description="Where to listen; 0 takes any free port.")]
    http_host: Annotated[str, Meta(description="The address to listen on.")] = "127.0.0.1"
    http_drain_timeout: Annotated[
        float, Meta(description="Seconds that requests may take to end when the process stops.")
    ] = 10.0
    watchdog_timeout: Annotated[
        float,
        Meta(
            description="Seconds that the HTTP server may be down before the process ends itself."
        ),
    ] = 60.0


class ListenSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`HttpSettings` of a process that accepts no internal tokens: the gateway."""

    http_port: Annotated[int, Meta(description="Where to listen; 0 takes any free port.")]
    http_host: Annotated[str, Meta(description="The address to listen on.")] = "127.0.0.1"
    http_drain_timeout: Annotated[
        float, Meta(description="Seconds that requests may take to end when the process stops.")
    ] = 10.0
    http_drain_delay: Annotated[
        float,
        Meta(
            ge=0,
            description="Seconds that requests are still accepted, while it says that it is not "
            "ready, before it stops: as long as a balancer takes to notice.",
        ),
    ] = 0.0
    watchdog_timeout: Annotated[
        float,
        Meta(
            description="Seconds that the HTTP server may be down before the process ends itself."
        ),
    ] = 60.0

"""What an operator says about the HTTP side of a process."""

from pathlib import Path

import msgspec


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the process listens, whose internal tokens it accepts, how long it may take to stop.

    `internal_token_public_key` is the path of a PEM file with one or more public keys; times are
    in seconds.
    """

    internal_token_public_key: Path
    http_port: int
    http_host: str = "127.0.0.1"
    http_drain_timeout: float = 10.0
    watchdog_timeout: float = 60.0


class ListenSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`HttpSettings` of a process that accepts no internal tokens: the gateway."""

    http_port: int
    http_host: str = "127.0.0.1"
    http_drain_timeout: float = 10.0
    watchdog_timeout: float = 60.0

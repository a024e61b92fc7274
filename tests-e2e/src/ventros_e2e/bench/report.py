"""The table beside the limits, and `bench.json`."""

from pathlib import Path

import msgspec
from msgspec import UNSET, Struct, UnsetType
from rich.console import Console
from rich.table import Table


class Figures(Struct, kw_only=True):
    """What was measured; a part that was not run is absent. Rates are per second."""

    inbound_rate: float | UnsetType = UNSET
    pgbench_rate: float | UnsetType = UNSET
    inbound_ratio: float | UnsetType = UNSET
    latency_p50_ms: float | UnsetType = UNSET
    latency_p99_ms: float | UnsetType = UNSET
    outgoing_accepted_rate: float | UnsetType = UNSET
    outgoing_rate: float | UnsetType = UNSET
    acknowledgement_rate: float | UnsetType = UNSET
    media_rate: float | UnsetType = UNSET
    media_bare_rate: float | UnsetType = UNSET
    media_ratio: float | UnsetType = UNSET
    relay_rate: float | UnsetType = UNSET
    relay_bare_rate: float | UnsetType = UNSET
    relay_ratio: float | UnsetType = UNSET
    write_wakeup_ratio: float | UnsetType = UNSET
    gateway_rate: float | UnsetType = UNSET
    gateway_direct_rate: float | UnsetType = UNSET
    gateway_ratio: float | UnsetType = UNSET
    gateway_added_p50_ms: float | UnsetType = UNSET
    live_memory_mib: float | UnsetType = UNSET
    live_p50_ms: float | UnsetType = UNSET
    live_p99_ms: float | UnsetType = UNSET
    sign_in_rate: float | UnsetType = UNSET
    sign_in_bare_rate: float | UnsetType = UNSET
    sign_in_ratio: float | UnsetType = UNSET
    memory_mib: float | UnsetType = UNSET
    start_seconds: float | UnsetType = UNSET


class Limit(Struct, frozen=True, kw_only=True):
    """A figure and what it has to be. `floor` below `goal`: between the two it passes."""

    name: str
    what: str
    unit: str = ""
    at_least: float | None = None
    floor: float | None = None
    at_most: float | None = None


LIMITS = (
    Limit(name="inbound_rate", what="inbound, webhook to message.created", unit="/s"),
    Limit(name="pgbench_rate", what="pgbench, the same rows", unit="/s"),
    Limit(name="inbound_ratio", what="inbound beside pgbench", at_least=0.10, floor=0.04),
    Limit(name="latency_p50_ms", what="inbound at a tenth, p50", unit=" ms", at_most=40),
    Limit(name="latency_p99_ms", what="inbound at a tenth, p99", unit=" ms", at_most=150),
    Limit(name="outgoing_accepted_rate", what="POST /v1/messages answered", unit="/s"),
    Limit(name="outgoing_rate", what="outgoing, POST to the provider's answer", unit="/s"),
    Limit(name="acknowledgement_rate", what="acknowledgements, webhook to event", unit="/s"),
    Limit(name="media_rate", what="files of 1 MiB, webhook to stored", unit="/s"),
    Limit(name="media_bare_rate", what="the same files, HTTP to a folder", unit="/s"),
    Limit(name="media_ratio", what="files in beside a bare copy", at_least=0.10, floor=0.05),
    Limit(name="relay_rate", what="relay, single events", unit="/s"),
    Limit(name="relay_bare_rate", what="bare aio-pika, confirmed", unit="/s"),
    Limit(name="relay_ratio", what="relay beside bare aio-pika", at_least=0.8),
    Limit(name="write_wakeup_ratio", what="a write with its wake-up", at_least=0.95),
    Limit(name="gateway_rate", what="GET through the gateway", unit="/s"),
    Limit(name="gateway_direct_rate", what="GET at the service", unit="/s"),
    Limit(name="gateway_ratio", what="gateway beside direct", at_least=0.6),
    Limit(name="gateway_added_p50_ms", what="the gateway adds, p50", unit=" ms", at_most=1.0),
    Limit(name="live_memory_mib", what="1,000 live streams (PSS)", unit=" MiB", at_most=100),
    Limit(name="live_p50_ms", what="event to live stream, p50", unit=" ms"),
    Limit(name="live_p99_ms", what="event to live stream, p99", unit=" ms"),
    Limit(name="sign_in_rate", what="sign-ins", unit="/s"),
    Limit(name="sign_in_bare_rate", what="bare argon2, the same hash", unit="/s"),
    Limit(name="sign_in_ratio", what="sign-in beside bare argon2"),
    Limit(name="memory_mib", what="memory of all, idle (PSS)", unit=" MiB", at_most=1228.8),
    Limit(name="start_seconds", what="warm start", unit=" s", at_most=20),
)


def verdict(limit: Limit, value: float) -> str:
    """`ok`, `below goal` (above the floor), or `missed`; empty where there is no limit."""
    if limit.at_most is not None:
        return "ok" if value <= limit.at_most else "missed"
    if limit.at_least is None:
        return ""
    if value >= limit.at_least:
        return "ok"
    return "below goal" if limit.floor is not None and value >= limit.floor else "missed"


def _wanted(limit: Limit) -> str:
    if limit.at_most is not None:
        return f"≤ {limit.at_most:g}{limit.unit}"
    if limit.at_least is None:
        return ""
    floor = "" if limit.floor is None else f" (floor {limit.floor:g})"
    return f"≥ {limit.at_least:g}{floor}"


def _shown(value: float, unit: str) -> str:
    digits = 0 if unit == "/s" else 2 if value < 10 else 1
    return f"{value:,.{digits}f}{unit}"


def measured(figures: Figures) -> dict[str, float]:
    """Name and value of what was measured."""
    values = msgspec.structs.asdict(figures)
    return {name: value for name, value in values.items() if value is not UNSET}


def missed(figures: Figures) -> list[str]:
    """Names of the limits that do not hold, floors counting for those that have one."""
    values = measured(figures)
    return [
        limit.name
        for limit in LIMITS
        if limit.name in values and verdict(limit, values[limit.name]) == "missed"
    ]


def show(figures: Figures, console: Console) -> None:
    """Print the table."""
    table = Table(title="What the system does, beside what it must")
    for heading in ("figure", "measured", "limit", ""):
        table.add_column(heading, justify="right" if heading == "measured" else "left")
    values = measured(figures)
    for limit in LIMITS:
        if limit.name in values:
            value = values[limit.name]
            table.add_row(
                limit.what, _shown(value, limit.unit), _wanted(limit), verdict(limit, value)
            )
    console.print(table)


def save(figures: Figures, path: Path) -> None:
    """Write the figures; those of parts that were not run stay as they were."""
    known: dict[str, float] = {}
    if path.exists():
        known = msgspec.json.decode(path.read_bytes(), type=dict[str, float])
    rounded = {name: round(value, 4) for name, value in measured(figures).items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(known | rounded)) + b"\n")

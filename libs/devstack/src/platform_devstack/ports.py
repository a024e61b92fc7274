"""Ports of the stack: chosen together, below the range that the kernel gives to outgoing calls.

Above 32767 a connection of anybody's may sit on a port at the moment we want to listen there,
and asking the kernel for "any" port twice has given the same one twice.
"""

import random
import socket
from collections.abc import Mapping

LOWEST = 10000
HIGHEST = 32767


def choose(wanted: Mapping[str, int | None]) -> dict[str, int]:
    """A free port for each name: the wanted one if it can be had, else another.

    Raises:
        OSError: no free ports are left.
    """
    held: list[socket.socket] = []
    chosen: dict[str, int] = {}
    try:
        for name, port in wanted.items():
            taken = _hold(port) if port is not None else None
            if taken is None:
                taken = _hold_any()
            held.append(taken)
            chosen[name] = taken.getsockname()[1]
    finally:
        for each in held:
            each.close()
    return chosen


def is_free(port: int) -> bool:
    """Whether one could listen on this port of the loopback now."""
    taken = _hold(port)
    if taken is None:
        return False
    taken.close()
    return True


def _hold(port: int) -> socket.socket | None:
    """Bind without listening. Old connections in TIME_WAIT do not count as taken."""
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(("127.0.0.1", port))
        # Two sockets may be bound side by side with SO_REUSEADDR; only one may listen.
        taken.listen(1)
    except OSError:
        taken.close()
        return None
    return taken


def _hold_any() -> socket.socket:
    for _ in range(2000):
        taken = _hold(random.randint(LOWEST, HIGHEST))  # noqa: S311
        if taken is not None:
            return taken
    raise OSError(f"no free port between {LOWEST} and {HIGHEST}")

"""Memory and processor time of processes.

Memory is proportional (PSS): what a process has for itself and its share of the rest. Resident
size counts PostgreSQL's shared memory once for every backend; PSS counts it once.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path


def pss_bytes(pid: int) -> int:
    """PSS of one process, 0 when it is gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    line = next(line for line in text.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) * 1024


def with_children(pid: int) -> list[int]:
    """A process and everything below it, as far as it runs."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            children.setdefault(_parent(entry), []).append(int(entry.name))
    found, left = [], [pid]
    while left:
        one = left.pop()
        found.append(one)
        left += children.get(one, [])
    return found


def _parent(entry: Path) -> int:
    try:
        text = (entry / "stat").read_text()
    except OSError:
        return 0
    # The name stands in parentheses and may itself hold spaces and parentheses.
    return int(text[text.rindex(")") + 2 :].split()[1])


def by_part(parts: Mapping[str, int]) -> dict[str, float]:
    """MiB of each part, with its children. `parts` gives the pid of each name."""
    return {name: mib(with_children(pid)) for name, pid in parts.items()}


def mib(pids: Iterable[int]) -> float:
    """MiB of processes together."""
    return sum(pss_bytes(pid) for pid in pids) / 1024**2


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (proc_pid_stat(5), fields 14 and 15)."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

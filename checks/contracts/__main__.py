"""`python -m checks.contracts`: write what is generated, and compare with the last release.

`python -m checks.contracts graph`: print who says what to whom.
`python -m checks.contracts release <version>`: make it the release that others build on.
"""

import subprocess
import sys

from checks.contracts import generated, graph, json_schema, release, rest
from checks.workspace import ROOT

_IMPORT = """
import time
started = time.perf_counter()
import proto_events.catalogue
print(f"{(time.perf_counter() - started) * 1000:.0f}")
"""


def main(arguments: list[str]) -> int:
    match arguments:
        case []:
            return _write()
        case ["graph"]:
            graph.show()
            return 0
        case ["release", version]:
            return _release(version)
    sys.stderr.write(f"{__doc__}\n")
    return 2


def _write() -> int:
    touched = generated.write()
    graph.write()
    current = json_schema.documents()
    _say(f"{len(current)} events; {len(touched)} files written")
    _say(f"importing proto_events.catalogue took {_import_milliseconds()} ms (best of five)")
    found = release.broken(current)
    routes = rest.broken(ROOT)
    for problem in (*found, *routes):
        _say(str(problem))
    last = release.version()
    broken = len(found) + len(routes)
    if last is not None:
        news = len(current.keys() - release.schemas().keys())
        _say(f"since {last}: {news} new events, {broken} broken promises")
    return 1 if broken else 0


def _release(version: str) -> int:
    if drifted := generated.drift():
        _say(f"run `make contracts` first: {', '.join(drifted[:5])} differ")
        return 1
    # Before the first release nothing is promised.
    if release.version() is not None and (routes := rest.broken(ROOT)):
        _say("\n".join(map(str, routes)))
        return 1
    try:
        release.write(version)
    except release.Refused as error:
        _say(str(error))
        return 1
    rest.release(ROOT)
    generated.write()
    _say(f"{version} is released")
    return 0


def _import_milliseconds() -> int:
    """In processes of their own, where nothing is imported yet; the best is the least disturbed."""
    return min(
        int(subprocess.run([sys.executable, "-c", _IMPORT], capture_output=True, check=True).stdout)
        for _ in range(5)
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`cloud-simulator`, or `python -m cloud_simulator`: run the simulated Cloud API."""

import argparse
import sys

from aiohttp import web

from cloud_simulator.app import create_app


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="cloud-simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3001)
    parser.add_argument("--seed", type=int, help="make the same ids in every run")
    parser.add_argument("--public-url", help="how others reach this server, for files")
    given = parser.parse_args()
    app = create_app(url=given.public_url or "", seed=given.seed)
    try:
        web.run_app(app, host=given.host, port=given.port, access_log=None, print=lambda _: None)
    except OSError as error:
        print(f"cloud-simulator: cannot listen: {error.strerror}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()

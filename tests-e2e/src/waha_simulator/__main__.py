"""`waha-simulator`, or `python -m waha_simulator`: run the simulated WAHA."""

import argparse
import logging
import os
import sys

from aiohttp import web

from waha_simulator.app import create_app
from waha_simulator.engines import Engine
from waha_simulator.ids import new_api_key


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="waha-simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3000)
    parser.add_argument(
        "--api-key",
        default=os.environ.get("WAHA_API_KEY"),
        help="what X-Api-Key must be (default: WAHA_API_KEY, else a new one, printed)",
    )
    parser.add_argument("--engine", choices=[one.value for one in Engine], default="GOWS")
    parser.add_argument("--seed", type=int, help="make the same ids in every run")
    parser.add_argument("--public-url", help="how others reach this server, for media URLs")
    return parser.parse_args()


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    arguments = _arguments()
    logging.basicConfig(level=logging.WARNING)
    api_key = arguments.api_key or new_api_key()
    if arguments.api_key is None:
        print(f"API key: {api_key}", flush=True)
    url = arguments.public_url or f"http://{arguments.host}:{arguments.port}"
    app = create_app(
        api_key=api_key,
        files_url=f"{url}/api/files",
        engine=Engine(arguments.engine),
        seed=arguments.seed,
    )
    try:
        web.run_app(
            app,
            host=arguments.host,
            port=arguments.port,
            access_log=None,
            print=lambda _: None,
            shutdown_timeout=2.0,
        )
    except OSError as error:
        print(f"waha-simulator: cannot listen on {url}: {error.strerror}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()

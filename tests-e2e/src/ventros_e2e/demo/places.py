"""Where the demo finds the system: flags first, then the environment, then the running stack."""

import argparse
import os
from pathlib import Path

from msgspec import Struct

from platform_devstack import demo_tenant
from platform_devstack.layout import Layout, find_root
from platform_devstack.services import GATEWAY, WAHA
from platform_devstack.stack import Stack


class Places(Struct, frozen=True, kw_only=True):
    """Addresses and a login."""

    api_url: str
    waha_url: str
    waha_key: str
    amqp_url: str
    email: str
    password: str


class NotFoundError(Exception):
    """The system does not run here, and flags or environment do not say where it does."""


_VARIABLES = {
    "api_url": "VENTROS_API_URL",
    "waha_url": "VENTROS_WAHA_URL",
    "waha_key": "VENTROS_WAHA_API_KEY",
    "amqp_url": "VENTROS_AMQP_URL",
    "email": "VENTROS_DEMO_EMAIL",
    "password": "VENTROS_DEMO_PASSWORD",
}


def arguments() -> argparse.ArgumentParser:
    """A flag for each place."""
    parser = argparse.ArgumentParser(prog="python -m ventros_e2e.demo", description=__doc__)
    for name, variable in _VARIABLES.items():
        flag = "--" + name.replace("_", "-")
        parser.add_argument(flag, help=f"or {variable}; default: the running stack's")
    return parser


def find(given: argparse.Namespace) -> Places:
    """Put the places together. Raises NotFoundError."""
    named = {
        name: getattr(given, name) or os.environ.get(variable)
        for name, variable in _VARIABLES.items()
    }
    known = named if all(named.values()) else _of_stack() | _present(named)
    missing = [name for name in _VARIABLES if not known.get(name)]
    if missing:
        raise NotFoundError(
            "no running system found (make up starts one), and these are not given: "
            + ", ".join("--" + name.replace("_", "-") for name in missing)
        )
    return Places(**{name: value for name, value in known.items() if value})


def _present(named: dict[str, str | None]) -> dict[str, str | None]:
    return {name: value for name, value in named.items() if value}


def _of_stack() -> dict[str, str | None]:
    """The places of the stack of this clone, none when it never ran."""
    try:
        layout = Layout.of_project(find_root(Path(__file__).resolve()))
    except FileNotFoundError:
        return {}
    if not (layout.state / "state.json").exists():
        return {}
    around = Stack(layout, os.environ).surroundings()
    if GATEWAY not in around.ports:
        return {}
    return {
        "api_url": around.url(GATEWAY),
        "waha_url": around.url(WAHA),
        "waha_key": around.secrets.get(WAHA),
        "amqp_url": around.endpoints.amqp_url,
        "email": demo_tenant.EMAIL,
        "password": demo_tenant.password(around),
    }

"""The services and the simulated providers as parts of the stack, and the settings each is given.

A service gets what it needs and nothing else: its own roles' addresses, its own keys.
"""

import sys
from collections.abc import Mapping

import msgspec

from platform_devstack import keys
from platform_devstack.endpoints import Endpoints, Replaced
from platform_devstack.layout import Layout
from platform_devstack.part import Part
from platform_devstack.probes import http_ok
from platform_devstack.provision import service_database
from platform_devstack.secret_store import SecretStore

DATABASE = "ventros"
GATEWAY = "gateway"
IDENTITY = "identity"
WAHA = "waha"
CLOUD = "cloud"


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What one service needs of the machine."""

    name: str
    port: int
    database: bool = True
    broker: bool = True
    temporal: bool = False


SERVICES = (
    Service(name=IDENTITY, port=8101),
    Service(name="channels", port=8102, temporal=True),
    Service(name="contacts", port=8103),
    Service(name="sessions", port=8104, temporal=True),
    Service(name="messaging", port=8105, temporal=True),
    Service(name=GATEWAY, port=8080, database=False),
)
BEHIND_GATEWAY = tuple(service.name for service in SERVICES if service.name != GATEWAY)
WITH_DATABASE = tuple(service.name for service in SERVICES if service.database)

# Name of the port: the usual number, and the part that listens there.
SERVICE_PORTS: dict[str, tuple[int, str]] = {
    **{service.name: (service.port, service.name) for service in SERVICES},
    WAHA: (3000, WAHA),
}
CLOUD_PORTS: dict[str, tuple[int, str]] = {CLOUD: (3001, CLOUD)}
"""Of what is started only when somebody asks for it."""

# Of the caller's environment, what a program needs to run at all.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "VIRTUAL_ENV")
_OURS_ALONE = {f"VENTROS_{name.upper()}" for name in Replaced.__struct_fields__}


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What the services are put into. `environ` is the caller's: a VENTROS_ setting there wins
    over a default of a service, never over an address or key of the stack.
    """

    layout: Layout
    ports: Mapping[str, int]
    endpoints: Endpoints
    secrets: SecretStore
    environ: Mapping[str, str]

    def url(self, part: str) -> str:
        """Where a service or the simulated WAHA listens."""
        return f"http://127.0.0.1:{self.ports[part]}"


def settings_of(service: Service, around: Surroundings) -> dict[str, str]:
    """The VENTROS_ variables of one service."""
    at, files = around.endpoints, around.layout.keys
    given = {
        "ENVIRONMENT": "development",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(around.ports[service.name]),
        "INTERNAL_TOKEN_PUBLIC_KEY": str(files / keys.INTERNAL_PUBLIC),
    }
    if service.database:
        database = service_database(
            at.postgres_admin_url, DATABASE, service.name, around.secrets.get
        )
        given |= {
            "DATABASE_APP_URL": database.app_url,
            "DATABASE_RELAY_URL": database.relay_url,
            "DATABASE_SYSTEM_URL": database.system_url,
        }
    if service.broker:
        given["AMQP_URL"] = at.amqp_url
    if service.temporal:
        given |= {"TEMPORAL_ADDRESS": at.temporal_address, "TEMPORAL_NAMESPACE": "default"}
    given |= _OWN.get(service.name, _nothing)(around)
    return {f"VENTROS_{name}": value for name, value in given.items()}


def environment_of(service: Service, around: Surroundings) -> dict[str, str]:
    """The whole environment of one service's process."""
    return {**_surrounding_environment(around), **settings_of(service, around)}


def service_part(service: Service, around: Surroundings) -> Part:
    """One service with all its roles in one process."""
    ready = f"{around.url(service.name)}/health/ready"

    async def probe() -> None:
        await http_ok(ready)

    return Part(
        name=service.name,
        argv=(sys.executable, "-m", f"ventros_{service.name}", "all"),
        env=environment_of(service, around),
        cwd=around.layout.root,
        probe=probe,
        ready_within=90,
        # Its own parts have 30 s each and are quicker by far.
        stop_within=40,
    )


def waha_part(around: Surroundings) -> Part:
    """The simulated WAHA."""
    ping = f"{around.url(WAHA)}/ping"

    async def probe() -> None:
        await http_ok(ping)

    return Part(
        name=WAHA,
        argv=(
            sys.executable,
            "-m",
            "waha_simulator",
            "--port",
            str(around.ports[WAHA]),
            "--public-url",
            around.url(WAHA),
        ),
        env={**_surrounding_environment(around), "WAHA_API_KEY": around.secrets.get("waha")},
        cwd=around.layout.root,
        probe=probe,
        ready_within=30,
        stop_within=10,
    )


def cloud_part(around: Surroundings) -> Part:
    """The simulated Cloud API."""
    ping = f"{around.url(CLOUD)}/ping"

    async def probe() -> None:
        await http_ok(ping)

    port = str(around.ports[CLOUD])
    return Part(
        name=CLOUD,
        argv=(
            sys.executable,
            "-m",
            "cloud_simulator",
            "--port",
            port,
            "--public-url",
            around.url(CLOUD),
        ),
        env=_surrounding_environment(around),
        cwd=around.layout.root,
        probe=probe,
        ready_within=30,
        stop_within=10,
    )


def _surrounding_environment(around: Surroundings) -> dict[str, str]:
    environ = around.environ
    passed = {name: environ[name] for name in _PASSED_ON if name in environ}
    settings = {
        name: value
        for name, value in environ.items()
        if name.startswith(("VENTROS_", "OTEL_")) and name not in _OURS_ALONE
    }
    return {
        "VENTROS_LOG_FORMAT": "console",
        **passed,
        **settings,
        "PYTHONUNBUFFERED": "1",
        "TZ": "UTC",
    }


def _nothing(_: Surroundings) -> dict[str, str]:
    return {}


def _files(around: Surroundings) -> str:
    """One folder for every service that handles files, unless a store is named."""
    return around.environ.get("VENTROS_STORAGE_URL") or (around.layout.state / "files").as_uri()


def _channels(around: Surroundings) -> dict[str, str]:
    return {
        "CREDENTIAL_KEYS": str(around.layout.keys / keys.CREDENTIAL_KEYS),
        "PUBLIC_URL": around.url(GATEWAY),
        "STORAGE_URL": _files(around),
        # The simulated WAHA is on this machine.
        "ENVIRONMENT": "development",
        "OUTBOUND_ALLOW": "127.0.0.0/8",
    }


def _messaging(around: Surroundings) -> dict[str, str]:
    return {
        "PUBLIC_URL": around.url(GATEWAY),
        "STORAGE_URL": _files(around),
        "FILE_LINK_KEY": str(around.layout.keys / keys.FILE_LINK_KEY),
    }


def _gateway(around: Surroundings) -> dict[str, str]:
    return {
        "INTERNAL_TOKEN_PRIVATE_KEY": str(around.layout.keys / keys.INTERNAL_PRIVATE),
        "ISSUER": around.url(GATEWAY),
        "REDIS_URL": around.endpoints.redis_url,
        **{f"{name.upper()}_URL": around.url(name) for name in BEHIND_GATEWAY},
    }


def _identity(around: Surroundings) -> dict[str, str]:
    return {
        "KEY_RING": str(around.layout.keys / keys.IDENTITY_KEYS),
        "MAIL_OUTBOX": str(around.layout.state / "mail"),
        "APP_URL": around.url(GATEWAY),
        # Where its discovery documents are found, and so what its tokens say.
        "ISSUER": around.url(GATEWAY),
    }


_OWN = {IDENTITY: _identity, "channels": _channels, "messaging": _messaging, GATEWAY: _gateway}


def by_name(name: str) -> Service:
    """The service of this name. Raises KeyError."""
    return {service.name: service for service in SERVICES}[name]

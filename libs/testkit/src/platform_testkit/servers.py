"""Which servers the tests use: named by the environment, in containers, or embedded.

Each is looked for on its own and only when a test asks for it.
"""

import os
from collections.abc import Callable, Mapping

import msgspec

from platform_devstack.endpoints import Endpoints, Replaced
from platform_testkit.run import Run

# One of: auto (containers where an engine answers, else embedded), embedded, containers.
CHOICE = "VENTROS_TEST_SERVERS"


class Servers(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of the four servers."""

    postgres_admin_url: str
    amqp_url: str
    amqp_management_url: str
    redis_url: str
    temporal_address: str


class ServerPark:
    """Starts a server when it is first asked for."""

    def __init__(self, run: Run, environ: Mapping[str, str] = os.environ) -> None:
        self._run = run
        self._choice = environ.get(CHOICE, "auto")
        self._named = Replaced(
            postgres_admin_url=environ.get("VENTROS_TEST_POSTGRES_ADMIN_URL", ""),
            amqp_url=environ.get("VENTROS_TEST_AMQP_URL", ""),
            amqp_management_url=environ.get("VENTROS_TEST_AMQP_MANAGEMENT_URL", ""),
            redis_url=environ.get("VENTROS_TEST_REDIS_URL", ""),
            temporal_address=environ.get("VENTROS_TEST_TEMPORAL_ADDRESS", ""),
        )

    def postgres_admin_url(self) -> str:
        """PostgreSQL, as a superuser."""
        return self._named.postgres_admin_url or self._have("postgres").postgres_admin_url

    def amqp_url(self) -> str:
        """RabbitMQ, the vhost `/`."""
        return self._named.amqp_url or self._have("rabbitmq").amqp_url

    def amqp_management_url(self) -> str:
        """RabbitMQ's management API, with user and password in the URL."""
        if self._named.amqp_url:
            return self._named.amqp_management_url
        return self._have("rabbitmq").amqp_management_url

    def redis_url(self) -> str:
        """Valkey."""
        return self._named.redis_url or self._have("valkey").redis_url

    def temporal_address(self) -> str:
        """Temporal's front end, host:port."""
        return self._named.temporal_address or self._have("temporal").temporal_address

    def all(self) -> Servers:
        """All four, started together."""
        return Servers(
            amqp_url=self.amqp_url(),
            amqp_management_url=self.amqp_management_url(),
            postgres_admin_url=self.postgres_admin_url(),
            redis_url=self.redis_url(),
            temporal_address=self.temporal_address(),
        )

    def _have(self, server: str) -> Endpoints:
        # Imported when needed: a unit test should not wait for Docker's client library.
        from platform_testkit import containers  # noqa: PLC0415

        fleet = self._run.fleet
        with fleet.state.lock("servers"):
            if self._in_containers(containers.engine_answers):
                return containers.ensure(self._run.folder, server)
        self._run.wait(fleet.ensure(server))
        return fleet.endpoints()

    def _in_containers(self, engine_answers: Callable[[], bool]) -> bool:
        """Decided once per run, so that all its processes agree."""
        decided = self._run.folder / "servers"
        if not decided.exists():
            containerised = self._choice == "containers" or (
                self._choice == "auto" and engine_answers()
            )
            decided.write_text("containers" if containerised else "embedded")
        return decided.read_text() == "containers"

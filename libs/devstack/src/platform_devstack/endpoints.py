"""The addresses of the servers, and the variables that replace an embedded one by another."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

POSTGRES = "VENTROS_POSTGRES_ADMIN_URL"
AMQP = "VENTROS_AMQP_URL"
AMQP_MANAGEMENT = "VENTROS_AMQP_MANAGEMENT_URL"
REDIS = "VENTROS_REDIS_URL"
TEMPORAL = "VENTROS_TEMPORAL_ADDRESS"
TEMPORAL_UI = "VENTROS_TEMPORAL_UI_URL"


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """Where the servers are.

    `postgres_admin_url` may create databases and roles. The management and page addresses are
    empty where a replaced server does not name one.
    """

    postgres_admin_url: str
    amqp_url: str
    amqp_management_url: str
    redis_url: str
    temporal_address: str
    temporal_ui_url: str


class Replaced(msgspec.Struct, frozen=True, kw_only=True):
    """The servers that the environment names; an empty text is one that we run ourselves."""

    postgres_admin_url: str = ""
    amqp_url: str = ""
    amqp_management_url: str = ""
    redis_url: str = ""
    temporal_address: str = ""
    temporal_ui_url: str = ""

    def has(self, server: str) -> bool:
        """Whether this server is not ours to run."""
        return bool(
            {
                "postgres": self.postgres_admin_url,
                "rabbitmq": self.amqp_url,
                "valkey": self.redis_url,
                "temporal": self.temporal_address,
            }[server]
        )


def replaced(environ: Mapping[str, str]) -> Replaced:
    """Read the replacements from the environment."""
    return Replaced(
        postgres_admin_url=environ.get(POSTGRES, ""),
        amqp_url=environ.get(AMQP, ""),
        amqp_management_url=environ.get(AMQP_MANAGEMENT, ""),
        redis_url=environ.get(REDIS, ""),
        temporal_address=environ.get(TEMPORAL, ""),
        temporal_ui_url=environ.get(TEMPORAL_UI, ""),
    )


def without_password(url: str) -> str:
    """The same address, fit for a screen."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    where = f"{host}:{parts.port}" if parts.port else host
    return parts._replace(netloc=where).geturl()

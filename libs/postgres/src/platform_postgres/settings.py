"""Settings of a service's database."""

import msgspec


class PostgresSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses per role (none is shared with another service) and the bounds of the pools.

    Times are in seconds; pool sizes are connections per process and role.
    """

    database_app_url: str
    database_relay_url: str
    database_system_url: str
    database_pool_size: int = 8
    database_connect_timeout: float = 5.0
    database_acquire_timeout: float = 5.0
    database_statement_timeout: float = 15.0
    database_idle_transaction_timeout: float = 10.0
    database_idle_lifetime: float = 60.0


class OwnerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The address of the role that owns the schema; only migrations use it."""

    database_owner_url: str

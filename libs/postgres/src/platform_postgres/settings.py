"""Settings of a service's database."""

from typing import Annotated

import msgspec
from msgspec import Meta


class PostgresSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses per role (none is shared with another service) and the bounds of the pools.

    Times are in seconds; pool sizes are connections per process and role.
    """

    database_app_url: Annotated[
        str,
        Meta(description="PostgreSQL as the role that serves requests, under row-level security."),
    ]
    database_relay_url: Annotated[
        str, Meta(description="PostgreSQL as the role that empties the outbox.")
    ]
    database_system_url: Annotated[
        str, Meta(description="PostgreSQL as the role that works over all tenants.")
    ]
    database_pool_size: Annotated[int, Meta(description="Connections per role at most.")] = 8
    database_connect_timeout: Annotated[
        float, Meta(description="Seconds to open a connection.")
    ] = 5.0
    database_acquire_timeout: Annotated[
        float, Meta(description="Seconds to wait for a free connection.")
    ] = 5.0
    database_statement_timeout: Annotated[
        float, Meta(description="Seconds that a statement may take.")
    ] = 15.0
    database_idle_transaction_timeout: Annotated[
        float, Meta(description="Seconds that a transaction may wait for its next statement.")
    ] = 10.0
    database_idle_lifetime: Annotated[
        float, Meta(description="Seconds after which an unused connection is closed.")
    ] = 60.0


class OwnerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The address of the role that owns the schema; only migrations use it."""

    database_owner_url: Annotated[
        str,
        Meta(description="PostgreSQL as the role that owns the schema; `migrate` alone reads it."),
    ]

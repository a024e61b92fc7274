"""PostgreSQL as the services use it: roles, transactions, migrations, the catalogue check."""

from platform_postgres.database import Database, Tx, savepoint, use_tenant
from platform_postgres.faults import is_away, is_transient
from platform_postgres.migrations import MigrationError, migrate
from platform_postgres.settings import OwnerSettings, PostgresSettings

__all__ = [
    "Database",
    "MigrationError",
    "OwnerSettings",
    "PostgresSettings",
    "Tx",
    "is_away",
    "is_transient",
    "migrate",
    "savepoint",
    "use_tenant",
]

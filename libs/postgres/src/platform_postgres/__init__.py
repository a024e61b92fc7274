"""Pool, tenant transactions, migrations, the row-level-security catalogue check."""

"""SQL and row mapping, nothing else. Every function runs in a tenant's transaction."""

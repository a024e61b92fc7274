"""pytest plugin: the real servers, databases, tenants, tokens."""

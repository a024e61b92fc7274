"""Who asks and what they may: principal, permission matrix, routes, tokens, guard."""

from platform_auth.principal import Principal, Role

__all__ = ["Principal", "Role"]

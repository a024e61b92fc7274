"""Who writes, by who asks for it."""

from platform_auth import Principal
from ventros_messaging.domain.message import Source


def source_of(principal: Principal) -> Source:
    """People write by hand; programs are bots."""
    return "manual" if principal.kind == "user" else "bot"

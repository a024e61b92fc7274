"""How a channel's provider is reached."""

import msgspec


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """The address of a provider, its name of the number's connection, and the key to it.

    `account` is what the number belongs to at its provider, where it belongs to something.
    """

    base_url: str
    session: str
    api_key: str | None
    account: str | None = None

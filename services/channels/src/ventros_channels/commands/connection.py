"""A channel's provider, ready to be called."""

from platform_crypto import Vault
from ventros_channels.commands.seal import unseal
from ventros_channels.domain.connection import Connection
from ventros_channels.store.senders import Line


def connection_of(vault: Vault, line: Line) -> Connection:
    """With its key, which is read for this one use. Raises `platform_crypto.DecryptionError`."""
    key = None if line.api_key is None else unseal(vault, line.api_key).decode()
    base_url = line.base_url
    if line.api_version is not None:
        base_url = f"{base_url.rstrip('/')}/{line.api_version}"
    return Connection(base_url=base_url, session=line.session, api_key=key, account=line.waba_id)

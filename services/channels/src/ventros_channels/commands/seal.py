"""Secrets are sealed for one place, field and version, and are readable nowhere else."""

from uuid import UUID

import msgspec

from platform_core.ids import new_id
from platform_crypto import Context, Vault
from ventros_channels.domain.channel import CredentialKind
from ventros_channels.domain.credential import Credential


def seal(
    vault: Vault, *, tenant_id: UUID, channel_id: UUID, kind: CredentialKind, secret: str
) -> Credential:
    """A first credential of its kind."""
    empty = Credential(
        tenant_id=tenant_id, id=new_id(), channel_id=channel_id, kind=kind, version=0, sealed=b""
    )
    return reseal(vault, empty, secret)


def reseal(vault: Vault, credential: Credential, secret: str) -> Credential:
    """The same credential with another secret, one version up."""
    risen = msgspec.structs.replace(credential, version=credential.version + 1)
    return msgspec.structs.replace(risen, sealed=vault.seal(secret.encode(), _context(risen)))


def unseal(vault: Vault, credential: Credential) -> bytes:
    """The secret. Raises `platform_crypto.DecryptionError`."""
    return vault.open(credential.sealed, _context(credential))


def rewrap(vault: Vault, credential: Credential) -> Credential:
    """The same secret and version under the key ring's active key."""
    sealed = vault.rewrap(credential.sealed, _context(credential))
    return msgspec.structs.replace(credential, sealed=sealed)


def _context(credential: Credential) -> Context:
    """What a secret is bound to: a row that was moved or swapped does not decrypt."""
    return Context(
        service="channels",
        table="credential",
        tenant_id=credential.tenant_id,
        record_id=credential.id,
        field=credential.kind,
        version=credential.version,
    )

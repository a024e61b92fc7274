"""A secret of a channel, sealed."""

from uuid import UUID

import msgspec

from ventros_channels.domain.channel import CredentialKind


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a secret. Changing the secret raises `version`."""

    tenant_id: UUID
    id: UUID
    channel_id: UUID
    kind: CredentialKind
    version: int
    sealed: bytes

"""Which files a channel takes, and how long words may be: told by its provider's capabilities, kept
beside its copy."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from platform_postgres import Tx
from ventros_messaging.domain.content_limits import ContentLimits
from ventros_messaging.domain.upload import FileLimit

# Of the version that the copy has: what is older changes nothing there either.
_LEARN = """
UPDATE channel_ref AS known SET file_limits = given.files, content_limits = given.contents
FROM unnest($2::uuid[], $3::integer[], $4::bytea[], $5::bytea[])
    AS given (id, version, files, contents)
WHERE known.tenant_id = $1 AND known.id = given.id AND known.version = given.version
"""

_OF_CHANNEL = "SELECT file_limits FROM channel_ref WHERE tenant_id = $1 AND id = $2"

_DECODER = msgspec.json.Decoder(list[FileLimit])


class LimitsTold(msgspec.Struct, frozen=True, kw_only=True):
    """What an event tells of a channel's files and contents."""

    channel_id: UUID
    version: int
    limits: Sequence[FileLimit] | None
    contents: ContentLimits | None


async def learn(tx: Tx, tenant_id: UUID, told: Sequence[LimitsTold]) -> None:
    """Keep what is of the version that is known."""
    await tx.execute(
        _LEARN,
        tenant_id,
        [one.channel_id for one in told],
        [one.version for one in told],
        [None if one.limits is None else msgspec.json.encode(one.limits) for one in told],
        [None if one.contents is None else msgspec.json.encode(one.contents) for one in told],
    )


async def of_channel(tx: Tx, tenant_id: UUID, channel_id: UUID) -> list[FileLimit]:
    """The limits of a channel; what was not told is none."""
    found = await tx.fetchval(_OF_CHANNEL, tenant_id, channel_id)
    return [] if found is None else _DECODER.decode(found)

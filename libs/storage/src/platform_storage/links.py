"""Links to files that are good for a while, for whoever holds them.

The signature covers all that decides what is given: the tenant, the file, the name that it is
saved under, and until when. So no link leads to another tenant's file, and none lasts for ever.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from platform_core.errors import NotFound

_TAG: Final = 32
LONGEST: Final = timedelta(days=7)


class LinkInvalid(NotFound):
    """The link is not one of ours, was changed, or is over."""

    code = "file_link_invalid"


class Link(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a link gives: a file of a tenant, as `variant` (such as a thumbnail), until then."""

    tenant_id: UUID
    file_id: UUID
    variant: str
    expires: int


class Links:
    """Makes and reads them with one key."""

    def __init__(self, key: bytes) -> None:
        """`key` has at least 32 bytes. Raises `ValueError`."""
        if len(key) < _TAG:
            raise ValueError("a key of links has at least 32 bytes")
        self._key = key

    def make(
        self,
        tenant_id: UUID,
        file_id: UUID,
        *,
        now: datetime,
        life: timedelta,
        variant: str = "",
    ) -> str:
        """The part of the address that says it all. Raises `ValueError` for a life too long."""
        if not timedelta(0) < life <= LONGEST:
            raise ValueError(f"a link lives for {LONGEST} at most")
        expires = int((now + life).timestamp())
        link = Link(tenant_id=tenant_id, file_id=file_id, variant=variant, expires=expires)
        content = msgspec.msgpack.encode(link)
        return _text(self._tag(content) + content)

    def read(self, text: str, *, now: datetime) -> Link:
        """What a link gives. Raises `LinkInvalid`."""
        try:
            whole = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (Error, ValueError) as error:
            raise LinkInvalid("There is no such file, or the link to it is over.") from error
        tag, content = whole[:_TAG], whole[_TAG:]
        if hmac.compare_digest(tag, self._tag(content)) and text == _text(whole):
            link = msgspec.msgpack.decode(content, type=Link)
            if now < datetime.fromtimestamp(link.expires, UTC):
                return link
        raise LinkInvalid("There is no such file, or the link to it is over.")

    def _tag(self, content: bytes) -> bytes:
        return hmac.digest(self._key, b"ventros file link\n" + content, "sha256")


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()

"""Files that Meta keeps for a number: uploaded once, and sent by their id for thirty days.

https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media
"""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from http import HTTPStatus
from secrets import token_hex
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from platform_outbound import AddressRefused, CallFailed
from platform_outbound.call import Answer
from proto_events.conversation import ContentType
from ventros_channels.adapters.whatsapp_cloud.client import Client, not_sent
from ventros_channels.domain.adapter import FateUnknown, NotSent
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.file_out import FileOut

KEPT_FOR: Final = timedelta(days=29)
"""A day less than Meta says: a message that waits is not sent with an id that is over."""

TIMEOUT_SECONDS: Final = 300.0
"""Seconds that one file may take."""

_TAKEN: Final = frozenset(
    {
        "application/msword",
        "application/pdf",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "audio/aac",
        "audio/amr",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/plain",
        "video/3gpp",
        "video/mp4",
    }
)
"""What may be uploaded. A document of another type is fetched by Meta from a link, or not sent."""

_SOUNDS: Final[Mapping[str, str]] = {
    "application/ogg": "audio/ogg",
    "video/mp4": "audio/mp4",
    "video/3gpp": "audio/amr",
}
"""What a sound is whose bytes begin as those of a film do."""


class _Kept(msgspec.Struct, frozen=True):
    id: Annotated[str, Meta(min_length=1, max_length=256, pattern=r"^[!-~]+$")]


class CloudUploads:
    """One for all numbers."""

    def __init__(self, client: Client, timeout: float = TIMEOUT_SECONDS) -> None:
        self._client = client
        self._timeout = timeout

    @property
    def kept_for(self) -> timedelta:
        """How long an id may be used."""
        return KEPT_FOR

    def kept_as(self, content: ContentType, mimetype: str) -> str | None:
        """The MIME type without its parameters, if Meta takes it."""
        word = mimetype.partition(";")[0].strip().lower()
        if content in {"audio", "voice"}:
            word = _SOUNDS.get(word, word)
        return word if word in _TAKEN else None

    async def upload(self, at: Connection, file: FileOut, mimetype: str) -> str:
        """Its id at Meta. Raises `NotSent`."""
        form = _Form(file, mimetype)
        try:
            answer = await self._client.post_stream(
                at,
                f"{at.session}/media",
                form.chunks(),
                content_type=form.content_type,
                size=form.size,
                timeout=self._timeout,
            )
        except AddressRefused as error:
            raise NotSent(
                "rejected", "The channel's address is not one that we call.", everywhere=True
            ) from error
        except CallFailed as error:
            raise NotSent(
                "unavailable",
                "Meta did not take the file.",
                again=True,
                everywhere=not error.connected,
            ) from error
        if answer.status != HTTPStatus.OK:
            raise _refused(answer)
        try:
            return msgspec.json.decode(answer.body, type=_Kept).id
        except msgspec.MsgspecError as error:
            raise NotSent("unavailable", "Meta named no file.", again=True) from error


def _refused(answer: Answer) -> NotSent:
    """That a file is kept twice does no harm: what is not known is done again."""
    try:
        refused = not_sent(answer)
    except FateUnknown:
        return NotSent("unavailable", "Meta did not take the file.", again=True)
    if refused.failure != "rejected":
        return refused
    return NotSent("media", refused.reason, code=refused.code)


class _Form:
    """A form with the file in it, of which no more is in memory than a piece.

    The name that the other sees goes with the message, so the one in here says nothing.
    """

    def __init__(self, file: FileOut, mimetype: str) -> None:
        self._file = file
        edge = token_hex(16)
        self._head = (
            f"--{edge}\r\n"
            'Content-Disposition: form-data; name="messaging_product"\r\n\r\nwhatsapp\r\n'
            f"--{edge}\r\n"
            f'Content-Disposition: form-data; name="type"\r\n\r\n{mimetype}\r\n'
            f"--{edge}\r\n"
            'Content-Disposition: form-data; name="file"; filename="file"\r\n'
            f"Content-Type: {mimetype}\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{edge}--\r\n".encode()
        self.content_type = f"multipart/form-data; boundary={edge}"
        self.size = len(self._head) + file.size_bytes + len(self._tail)

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self._head
        async for chunk in self._file.chunks():
            yield chunk
        yield self._tail

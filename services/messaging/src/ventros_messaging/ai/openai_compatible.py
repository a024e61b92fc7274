"""A provider with the API of OpenAI: vision by chat completions, speech by transcriptions.

https://platform.openai.com/docs/api-reference/chat/create
https://platform.openai.com/docs/api-reference/audio/createTranscription
"""

from base64 import b64encode
from typing import Annotated, Final, TypeVar
from uuid import uuid4

import msgspec
from msgspec import Meta

from platform_outbound import AddressRefused, Answer, CallFailed, Outbound
from ventros_messaging.ai import documents, prompts
from ventros_messaging.ai.settings import AiSettings
from ventros_messaging.domain.enrichment import (
    LONGEST_TEXT,
    EnrichmentType,
    File,
    ProviderAway,
    Unenriched,
    Words,
)

IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})

SOUNDS: Final = {
    "audio/aac": "m4a",
    "audio/flac": "flac",
    "audio/m4a": "m4a",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/ogg": "ogg",
    "audio/opus": "ogg",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/webm": "webm",
    "video/mp4": "mp4",
    "video/mpeg": "mpeg",
    "video/webm": "webm",
}
"""What is transcribed, and the ending by which the API knows it. Of a video that is its sound."""

T = TypeVar("T")

_MOST_TOKENS: Final = 1000
_MOST_BYTES: Final = 1_048_576
_LATER: Final = frozenset({408, 409, 425, 429})


class _Usage(msgspec.Struct, frozen=True):
    total_tokens: Annotated[int, Meta(ge=0)] = 0


class _Reply(msgspec.Struct, frozen=True):
    content: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    message: _Reply


class _Completion(msgspec.Struct, frozen=True):
    choices: Annotated[list[_Choice], Meta(min_length=1)]
    usage: _Usage = _Usage()


class _Transcription(msgspec.Struct, frozen=True):
    text: str
    usage: _Usage | None = None


class OpenAiCompatible:
    """The provider of the installation. Its key goes into no log and no error."""

    name = "openai_compatible"

    def __init__(self, settings: AiSettings, outbound: Outbound) -> None:
        self._settings = settings
        self._outbound = outbound

    def charges(self, content_type: EnrichmentType) -> bool:
        """Documents are read here, without the API."""
        return content_type != "document"

    async def read(self, file: File) -> Words:
        """The words of a file. Raises `Unenriched`, `ProviderAway`."""
        mimetype = file.mimetype.partition(";")[0].strip().lower()
        match file.content_type:
            case "document":
                words = Words(text=await documents.text_of(mimetype, file.content))
            case "image":
                words = await self._describe(mimetype, file.content)
            case "audio" | "voice" | "video":
                words = await self._transcribe(mimetype, file.content)
        # PostgreSQL keeps no U+0000.
        text = words.text.replace("\0", "\ufffd").strip()[:LONGEST_TEXT]
        return msgspec.structs.replace(words, text=text)

    async def _describe(self, mimetype: str, content: bytes) -> Words:
        if mimetype not in IMAGES:
            raise Unenriched("type_unsupported")
        model = self._settings.ai_vision_model
        url = f"data:{mimetype};base64,{b64encode(content).decode()}"
        body = {
            "model": model,
            "max_tokens": _MOST_TOKENS,
            "messages": [
                {"role": "system", "content": prompts.IMAGE},
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]},
            ],
        }
        answer = await self._post("chat/completions", "application/json", msgspec.json.encode(body))
        completion = _decode(answer, _Completion)
        return Words(
            text=completion.choices[0].message.content or "",
            model=model,
            tokens=completion.usage.total_tokens,
        )

    async def _transcribe(self, mimetype: str, content: bytes) -> Words:
        ending = SOUNDS.get(mimetype)
        if ending is None:
            raise Unenriched("type_unsupported")
        model = self._settings.ai_transcription_model
        kind, body = _form({"model": model, "response_format": "json"}, ending, mimetype, content)
        transcription = _decode(
            await self._post("audio/transcriptions", kind, body), _Transcription
        )
        tokens = 0 if transcription.usage is None else transcription.usage.total_tokens
        return Words(text=transcription.text, model=model, tokens=tokens)

    async def _post(self, path: str, content_type: str, body: bytes) -> Answer:
        try:
            answer = await self._outbound.call(
                "POST",
                f"{self._settings.ai_base_url}/{path}",
                headers={
                    "Authorization": f"Bearer {self._settings.ai_api_key}",
                    "Content-Type": content_type,
                },
                body=body,
                max_bytes=_MOST_BYTES,
            )
        except AddressRefused as error:
            raise Unenriched("not_configured") from error
        except CallFailed as error:
            raise ProviderAway(error.reason) from error
        if answer.status in _LATER or answer.status >= 500:
            raise ProviderAway(f"status {answer.status}", _retry_after(answer))
        if answer.status != 200:
            raise Unenriched("provider_refused")
        return answer


def _decode(answer: Answer, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.MsgspecError:
        # What it said may be anything, and so is not told on.
        raise ProviderAway("garbled") from None


def _retry_after(answer: Answer) -> float | None:
    """Seconds (RFC 9110, 10.2.3); the other form, a date, is not heeded."""
    told = answer.headers.get("retry-after", "")
    return min(float(told), 3600.0) if told.isascii() and told.isdigit() else None


def _form(fields: dict[str, str], ending: str, mimetype: str, content: bytes) -> tuple[str, bytes]:
    """multipart/form-data (RFC 7578) with a file, and its content type."""
    boundary = uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file.{ending}"'
        f"\r\nContent-Type: {mimetype}\r\n\r\n"
    )
    body = b"".join(
        ("".join(parts).encode(), head.encode(), content, f"\r\n--{boundary}--\r\n".encode())
    )
    return f"multipart/form-data; boundary={boundary}", body

"""A provider with the API of OpenAI, on this machine: it refuses what the real one would refuse.

https://platform.openai.com/docs/api-reference/chat/create
https://platform.openai.com/docs/api-reference/audio/createTranscription
"""

import asyncio
import base64
import binascii
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
from aiohttp import web
from aiohttp.multipart import BodyPartReader, MultipartReader

KEY: Final = "sk-fake-4f1c"
DESCRIBED: Final = "Uma mesa de jantar de madeira. Na etiqueta: R$ 1.890,00"
SPOKEN: Final = "Bom dia, vocês entregam em Santos?"

_DATA_URL: Final = re.compile(r"data:(image/(?:png|jpeg|webp|gif));base64,([A-Za-z0-9+/=]+)")
_BEGINNINGS: Final = {
    "image/png": b"\x89PNG",
    "image/jpeg": b"\xff\xd8\xff",
    "image/webp": b"RIFF",
    "image/gif": b"GIF8",
}
_ENDINGS: Final = {"flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "wav", "webm"}
_FORMATS: Final = {"json", "text", "srt", "verbose_json", "vtt"}


class _ImageUrl(msgspec.Struct, forbid_unknown_fields=True):
    url: str
    detail: str = "auto"


class _TextPart(msgspec.Struct, forbid_unknown_fields=True, tag_field="type", tag="text"):
    text: str


class _ImagePart(msgspec.Struct, forbid_unknown_fields=True, tag_field="type", tag="image_url"):
    image_url: _ImageUrl


class _System(msgspec.Struct, forbid_unknown_fields=True, tag_field="role", tag="system"):
    content: str


class _User(msgspec.Struct, forbid_unknown_fields=True, tag_field="role", tag="user"):
    content: list[_TextPart | _ImagePart]


class _Chat(msgspec.Struct, forbid_unknown_fields=True):
    model: str
    messages: list[_System | _User]
    max_tokens: int | None = None


class AiFake:
    """`fail` makes the next answers fail: `429`, `500`, `400`, `garbage`, `hang`, `cut`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._failures: deque[str] = deque()
        self.released = asyncio.Event()

    def fail(self, *failures: str) -> None:
        """The next requests, in this order."""
        self._failures.extend(failures)

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[str]:
        """The base address, while it is up; on any free port unless one is named."""
        app = web.Application(client_max_size=64_000_000)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/audio/transcriptions", self._transcribe)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        host, taken = runner.addresses[0][:2]
        try:
            yield f"http://{host}:{taken}/v1"
        finally:
            self.released.set()
            await runner.cleanup()

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        if (failed := await self._checked(request, "chat")) is not None:
            return failed
        if request.content_type != "application/json":
            return _error(400, "the body must be JSON")
        try:
            chat = msgspec.json.decode(await request.read(), type=_Chat)
        except msgspec.MsgspecError as error:
            return _error(400, str(error))
        parts = [part for said in chat.messages if isinstance(said, _User) for part in said.content]
        images = [part.image_url.url for part in parts if isinstance(part, _ImagePart)]
        if not images or not all(_is_image(url) for url in images):
            return _error(400, "the image is none")
        return web.json_response(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "model": chat.model,
                "choices": [
                    {
                        "index": 0,
                        "message": {"role": "assistant", "content": DESCRIBED},
                        "finish_reason": "stop",
                    }
                ],
                "usage": {"prompt_tokens": 700, "completion_tokens": 30, "total_tokens": 730},
            }
        )

    async def _transcribe(  # noqa: PLR0911 - one for each refusal
        self, request: web.Request
    ) -> web.StreamResponse:
        if (failed := await self._checked(request, "transcription")) is not None:
            return failed
        if request.content_type != "multipart/form-data":
            return _error(400, "the body must be a form")
        given: dict[str, Any] = {}
        async for part in await request.multipart():
            if isinstance(part, MultipartReader) or part is None:
                return _error(400, "a part within a part")
            given[str(part.name)] = await _value(part)
        if set(given) - {"file", "model", "response_format", "language", "prompt", "temperature"}:
            return _error(400, "unknown parameter")
        filename, content = given.get("file", ("", b""))
        if filename.rpartition(".")[2] not in _ENDINGS:
            return _error(400, "Invalid file format.")
        if not content:
            return _error(400, "The audio file is empty.")
        if not given.get("model") or given.get("response_format", "json") not in _FORMATS:
            return _error(400, "model or format")
        return web.json_response({"text": SPOKEN})

    async def _checked(  # noqa: PLR0911 - likewise
        self, request: web.Request, what: str
    ) -> web.StreamResponse | None:
        self.asked.append(what)
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return _error(401, "Incorrect API key provided.")
        match self._failures.popleft() if self._failures else None:
            case "429":
                answer = _error(429, "Rate limit reached.")
                answer.headers["Retry-After"] = "1"
                return answer
            case "500" | "400" as status:
                return _error(int(status), "as was asked for")
            case "garbage":
                return web.Response(body=b"<html>", content_type="text/html")
            case "cut":
                assert request.transport is not None
                request.transport.close()
                return web.Response()
            case "hang":
                await self.released.wait()
                return _error(500, "too late")
        return None


async def _value(part: BodyPartReader) -> Any:
    content = bytes(await part.read())
    return content.decode() if part.filename is None else (part.filename, content)


def _is_image(url: str) -> bool:
    matched = _DATA_URL.fullmatch(url)
    if matched is None:
        return False
    try:
        content = base64.b64decode(matched[2], validate=True)
    except binascii.Error:
        return False
    return content.startswith(_BEGINNINGS[matched[1]])


def _error(status: int, message: str) -> web.Response:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return web.json_response({"error": error}, status=status)

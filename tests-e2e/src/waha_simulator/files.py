"""The bytes behind media URLs: small, valid where it is easy, the same for the same name."""

import base64
import hashlib

_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
    "oga": "audio/ogg; codecs=opus",
    "pdf": "application/pdf",
}


def content_type(name: str) -> str:
    """The MIME type that a file's extension stands for."""
    return _TYPES.get(name.rpartition(".")[2], "application/octet-stream")


def content(name: str, size: int = 0) -> bytes:
    """A file's bytes: `size` of them, or as many more as such a file needs."""
    mark = hashlib.sha256(name.encode()).digest()
    file = _least(name, mark)
    missing = max(0, size - len(file))
    return file + (mark * (missing // len(mark) + 1))[:missing]


def _least(name: str, mark: bytes) -> bytes:
    match name.rpartition(".")[2]:
        case "jpeg" | "png":
            return _PNG + mark
        case "oga":
            return b"OggS\x00\x02" + mark * 8
        case "pdf":
            return _PDF + mark.hex().encode()
        case _:
            return mark * 8

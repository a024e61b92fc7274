"""The text of documents: of a PDF by a process of its own, of a text as it is."""

import asyncio
import sys
from typing import Final

from ventros_messaging.domain.enrichment import LONGEST_TEXT, Unenriched

TEXTS: Final = frozenset({"application/json", "application/xml", "application/csv"})

PDF_SECONDS: Final = 30.0


async def text_of(mimetype: str, content: bytes) -> str:
    """What a document says. Raises `Unenriched`."""
    if mimetype == "application/pdf":
        return await _of_pdf(content)
    if mimetype.startswith("text/") or mimetype in TEXTS:
        try:
            return content.decode("utf-8-sig")[:LONGEST_TEXT]
        except UnicodeDecodeError:
            return content.decode("cp1252", errors="replace")[:LONGEST_TEXT]
    raise Unenriched("type_unsupported")


async def _of_pdf(content: bytes) -> str:
    """A file of a stranger may make its reader run for hours or take all memory: it is read in a
    process with limits, which is ended when its time is over."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ventros_messaging.ai.pdf_text", str(LONGEST_TEXT)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(content), PDF_SECONDS)
    except TimeoutError as error:
        raise Unenriched("file_unreadable") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise Unenriched("file_unreadable")
    return said.decode(errors="replace")

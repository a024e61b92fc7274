"""Files put into words by a provider over HTTP, and all the ways in which that fails."""

import io
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from ipaddress import ip_network
from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from platform_outbound import Outbound
from platform_testkit.openai_fake import DESCRIBED, KEY, SPOKEN, AiFake
from ventros_messaging.ai import documents
from ventros_messaging.ai.openai_compatible import OpenAiCompatible
from ventros_messaging.ai.settings import AiSettings
from ventros_messaging.domain.enrichment import File, ProviderAway, Unenriched

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
Make = Callable[..., OpenAiCompatible]


@pytest.fixture
async def fake() -> AiFake:
    """The other side."""
    return AiFake()


@pytest.fixture
async def make(fake: AiFake) -> AsyncIterator[Make]:
    """`make(ai_api_key=…)`: the provider as an operator set it."""
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(fake.serve())

        def provider(*, inner: bool = True, timeout: float = 20, **more: Any) -> OpenAiCompatible:
            settings = AiSettings(**{"ai_base_url": address, "ai_api_key": KEY, **more})
            allow = [ip_network("127.0.0.0/8")] if inner else []
            outbound = Outbound(allow=allow, timeout=timeout)
            stack.push_async_callback(outbound.close)
            return OpenAiCompatible(settings, outbound)

        yield provider
        fake.released.set()


def file(content_type: Any, mimetype: str, content: bytes) -> File:
    return File(content_type=content_type, mimetype=mimetype, content=content)


VOICE = file("voice", "audio/ogg; codecs=opus", b"OggS" + bytes(64))
IMAGE = file("image", "image/png", PNG)


def pdf(text: str | None, password: str | None = None) -> bytes:
    """A page that says this."""
    writer = PdfWriter()
    page = writer.add_blank_page(300, 300)
    if text is not None:
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            }
        )
        fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(content)
    if password is not None:
        writer.encrypt(password)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("given", "text", "asked", "tokens"),
    [
        (IMAGE, DESCRIBED, ["chat"], 730),
        (VOICE, SPOKEN, ["transcription"], 0),
        (file("audio", "audio/mpeg", b"ID3"), SPOKEN, ["transcription"], 0),
        (file("video", "video/mp4", b"\0\0\0\x18ftyp"), SPOKEN, ["transcription"], 0),
        (file("document", "application/pdf", pdf("Pedido 417")), "Pedido 417", [], 0),
        (file("document", "application/pdf", pdf(None)), "", [], 0),
        (file("document", "text/csv", "mesa;ipê\0".encode()), "mesa;ipê\ufffd", [], 0),
        (file("document", "text/plain", "pão".encode("cp1252")), "pão", [], 0),
    ],
)
async def test_a_file_is_put_into_words(
    make: Make, fake: AiFake, given: File, text: str, asked: list[str], tokens: int
) -> None:
    words = await make().read(given)
    assert (words.text, words.tokens) == (text, tokens)
    assert fake.asked == asked


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (file("image", "image/heic", PNG), "type_unsupported"),
        (file("image", "image/jpeg", PNG), "provider_refused"),
        (file("video", "video/quicktime", b"x"), "type_unsupported"),
        (file("voice", "audio/ogg", b""), "provider_refused"),
        (file("document", "application/zip", b"PK"), "type_unsupported"),
        (file("document", "application/pdf", b"no PDF"), "file_unreadable"),
        (file("document", "application/pdf", pdf("x", "secret")), "file_unreadable"),
    ],
)
async def test_what_no_attempt_will_help_is_final(make: Make, given: File, reason: str) -> None:
    with pytest.raises(Unenriched) as refused:
        await make().read(given)
    assert refused.value.reason == reason


@pytest.mark.parametrize("failure", ["429", "500", "garbage", "cut"])
@pytest.mark.parametrize("given", [IMAGE, VOICE], ids=["image", "voice"])
async def test_what_may_work_later_is_told_apart(
    make: Make, fake: AiFake, failure: str, given: File
) -> None:
    fake.fail(failure)
    provider = make()
    with pytest.raises(ProviderAway) as away:
        await provider.read(given)
    assert away.value.retry_after == (1 if failure == "429" else None)
    assert KEY not in str(away.value)
    assert (await provider.read(given)).text


async def test_a_provider_that_says_nothing_is_left(make: Make, fake: AiFake) -> None:
    fake.fail("hang")
    with pytest.raises(ProviderAway, match="timed_out"):
        await make(timeout=0.3).read(VOICE)


async def test_a_wrong_key_and_an_inner_address_are_final(make: Make) -> None:
    with pytest.raises(Unenriched, match="provider_refused"):
        await make(ai_api_key="sk-other").read(IMAGE)
    with pytest.raises(Unenriched, match="not_configured"):
        await make(inner=False).read(IMAGE)


async def test_a_pdf_that_takes_too_long_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "PDF_SECONDS", 0.01)
    with pytest.raises(Unenriched, match="file_unreadable"):
        await documents.text_of("application/pdf", pdf("x"))

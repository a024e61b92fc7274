"""What a message can carry, whatever the engine that reports it."""

from enum import StrEnum

from msgspec import Struct

from waha_simulator.lists import SAMPLE, ListOffer


class Kind(StrEnum):
    """The kinds of content that arrive in `message` and `message.any`."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    POLL = "poll"
    LIST = "list"
    BUTTON_REPLY = "button_reply"
    LIST_REPLY = "list_reply"
    INTERACTIVE_REPLY = "interactive_reply"
    AD = "ad"
    SYSTEM = "system"


MEDIA_KINDS = frozenset(
    {Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.VOICE, Kind.DOCUMENT, Kind.STICKER}
)


class MediaState(StrEnum):
    """How far WAHA came with a file: stored, not downloaded, or failed."""

    STORED = "stored"
    SKIPPED = "skipped"
    FAILED = "failed"


class MediaFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file; `filename` only matters for documents, `seconds` for sound and video, and `data` are
    the bytes that came with a message that was sent."""

    mimetype: str
    filename: str | None = None
    size: int = 2048
    seconds: int = 7
    state: MediaState = MediaState.STORED
    data: bytes | None = None


class Location(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A point in degrees, with the name of the place when the sender chose one."""

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


class ContactCard(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shared contact: the name above it and the vCard 3.0 text."""

    name: str
    vcard: str


class Poll(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question with its options."""

    name: str
    options: tuple[str, ...]
    multiple_answers: bool = False


class Choice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was tapped in a button, list or interactive message."""

    id: str
    title: str
    description: str | None = None


class Ad(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The advertisement whose button opened the chat."""

    title: str
    body: str
    source_id: str
    source_url: str
    click_id: str
    source_app: str = "facebook"


class Quoted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The message that is being answered: stanza id, its author in WAHA's form, its text."""

    stanza: str
    participant: str
    body: str


class Content(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One content; `text` is the body or the caption, the rest goes with the kind. A picture, film
    or sound with `view_once` is to be seen once; `system` with it is one that WhatsApp withheld, as
    NOWEB tells of it."""

    kind: Kind
    text: str | None = None
    media: MediaFile | None = None
    location: Location | None = None
    contacts: tuple[ContactCard, ...] = ()
    poll: Poll | None = None
    choice: Choice | None = None
    offer: ListOffer | None = None
    ad: Ad | None = None
    quoted: Quoted | None = None
    view_once: bool = False


_FILES = {
    Kind.IMAGE: MediaFile(mimetype="image/jpeg"),
    Kind.VIDEO: MediaFile(mimetype="video/mp4"),
    Kind.AUDIO: MediaFile(mimetype="audio/mpeg"),
    Kind.VOICE: MediaFile(mimetype="audio/ogg; codecs=opus"),
    Kind.DOCUMENT: MediaFile(mimetype="application/pdf", filename="orcamento.pdf"),
    Kind.STICKER: MediaFile(mimetype="image/webp"),
}

_CHOICES = {
    Kind.BUTTON_REPLY: Choice(id="buy", title="Quero comprar"),
    Kind.LIST_REPLY: Choice(id="size-m", title="Tamanho M", description="Pronta entrega"),
    Kind.INTERACTIVE_REPLY: Choice(id="confirm", title="Confirmar"),
}


def vcard(name: str, phone: str) -> str:
    """A vCard 3.0 as WhatsApp writes it, with `waid` in the telephone line."""
    return (
        f"BEGIN:VCARD\nVERSION:3.0\nN:;{name};;;\nFN:{name}\n"
        f"TEL;type=CELL;type=VOICE;waid={phone}:+{phone}\nEND:VCARD"
    )


def sample(kind: Kind, text: str | None = None) -> Content:
    """A complete content of `kind`, so that a caller need only say what it cares about."""
    match kind:
        case Kind.TEXT:
            return Content(kind=kind, text=text if text is not None else "Oi, tudo bem?")
        case Kind.LOCATION:
            place = Location(latitude=-25.4284, longitude=-49.2733, name="Praça Tiradentes")
            return Content(kind=kind, text=text, location=place)
        case Kind.CONTACT:
            card = ContactCard(name="Maria Souza", vcard=vcard("Maria Souza", "554400000009"))
            return Content(kind=kind, text=text, contacts=(card,))
        case Kind.POLL:
            poll = Poll(name=text or "Qual horário?", options=("Manhã", "Tarde"))
            return Content(kind=kind, poll=poll)
        case Kind.LIST:
            return Content(kind=kind, text=text or SAMPLE.description, offer=SAMPLE)
        case Kind.BUTTON_REPLY | Kind.LIST_REPLY | Kind.INTERACTIVE_REPLY:
            return Content(kind=kind, text=text, choice=_CHOICES[kind])
        case Kind.AD:
            ad = Ad(
                title="Coleção de inverno",
                body="Fale com a gente no WhatsApp",
                source_id="120200000000000001",
                source_url="https://fb.me/anuncio",
                click_id="AfC0000000000000000000000000001",
            )
            return Content(kind=kind, text=text or "Vi o anúncio, quero saber mais", ad=ad)
        case Kind.SYSTEM:
            return Content(kind=kind)
        case _:
            return Content(kind=kind, text=text, media=_FILES[kind])

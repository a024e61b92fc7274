"""From "this person wrote that" to the bytes that WAHA posts, per engine. No I/O."""

from enum import StrEnum

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waha_simulator.contents import MEDIA_KINDS, Content, MediaState
from waha_simulator.engines import Engine
from waha_simulator.people import Address, Person, Shown, shown
from waha_simulator.raw_messages import gows_data, noweb_data, webjs_data
from waha_simulator.wire import (
    AckPayload,
    EditedPayload,
    Envelope,
    Environment,
    JsonObject,
    Me,
    Media,
    MessageLocation,
    MessagePayload,
    Reaction,
    ReactionPayload,
    ReplyTo,
    RevokedPayload,
    S3Object,
    Worker,
)

VERSION = "2026.7.1"
OLD_VERSION = "2025.9.7"
STATUS_CHAT = "status@broadcast"
ACK_NAMES = {-1: "ERROR", 0: "PENDING", 1: "SERVER", 2: "DEVICE", 3: "READ", 4: "PLAYED"}
_EXTENSIONS = {
    "image/jpeg": "jpeg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/ogg; codecs=opus": "oga",
    "application/pdf": "pdf",
}


class Place(StrEnum):
    """Where a message is written: to the account itself, or to an audience."""

    DIRECT = "direct"
    GROUP = "group"
    STATUS = "status"
    NEWSLETTER = "newsletter"


class Account(Struct, frozen=True, kw_only=True):
    """The session that reports a message: its owner, engine and where it keeps files."""

    session: str
    engine: Engine
    owner: Person | None
    metadata: dict[str, str] = {}
    files_url: str = "http://127.0.0.1:3000/api/files"
    s3_bucket: str | None = None
    old_release: bool = False


class Message(Struct, frozen=True, kw_only=True):
    """One message. `person` is the other party (in a group its author), also when `from_me`."""

    person: Person
    content: Content
    stanza: str
    timestamp: int
    from_me: bool = False
    address: Address | None = None
    place: Place = Place.DIRECT
    place_id: str | None = None
    source: str = "app"
    ack: int | None = None


def chat_of(message: Message) -> str:
    """The chat's id in WAHA's form: the person, or the group, status or newsletter."""
    match message.place:
        case Place.DIRECT:
            return shown(message.person, message.address).main
        case Place.STATUS:
            return STATUS_CHAT
        case Place.GROUP:
            return message.place_id or "120363000000000001@g.us"
        case Place.NEWSLETTER:
            return message.place_id or "120363000000000099@newsletter"


def participant_of(account: Account, message: Message) -> str | None:
    """Who wrote, where the chat is not the author: in groups and statuses."""
    if message.place not in (Place.GROUP, Place.STATUS):
        return None
    if message.from_me:
        return None if account.owner is None else shown(account.owner, Address.PHONE).main
    return shown(message.person, message.address).main


def message_id(account: Account, message: Message) -> str:
    """`{fromMe}_{chat}_{stanza}`, with the participant behind it in groups and statuses."""
    parts = ["true" if message.from_me else "false", chat_of(message), message.stanza]
    participant = participant_of(account, message)
    return "_".join(parts if participant is None else [*parts, participant])


def me(owner: Person) -> Me:
    """The account as every envelope of its session shows it."""
    return Me(
        id=f"{owner.phone}@c.us",
        push_name=owner.name,
        lid=None if owner.lid is None else f"{owner.lid}@lid",
        jid=f"{owner.phone}:{owner.device or 9}@s.whatsapp.net",
    )


def media_file_name(account: Account, message: Message) -> str:
    """Name of a message's file under the files URL: message id and extension."""
    media = message.content.media
    mimetype = "" if media is None else media.mimetype
    return f"{message_id(account, message)}.{_EXTENSIONS.get(mimetype, 'bin')}"


def _media(account: Account, message: Message) -> Media | None:
    file = message.content.media
    if file is None or file.state is MediaState.SKIPPED:
        return None
    failed = file.state is MediaState.FAILED
    name = media_file_name(account, message)
    s3: S3Object | UnsetType = UNSET
    if account.s3_bucket is not None:
        s3 = S3Object(bucket=account.s3_bucket, key=f"{account.session}/{name}")
    filename: str | UnsetType | None = file.filename
    if account.engine is Engine.GOWS and file.filename is None:
        filename = UNSET
    return Media(
        url=None if failed else f"{account.files_url}/{account.session}/{name}",
        mimetype=file.mimetype,
        filename=filename,
        s3=s3,
        error="Failed to download media" if failed else UNSET,
    )


def _body(engine: Engine, content: Content) -> str | UnsetType | None:
    """The text as the engine puts it into `payload.body`: GOWS leaves an absent one out."""
    text = content.text
    if content.choice is not None:
        text = content.choice.title
    if engine is Engine.WEBJS:
        if content.contacts:
            return content.contacts[0].vcard
        return text or (content.poll.name if content.poll else "")
    if text is not None:
        return text
    return UNSET if engine is Engine.GOWS else None


def _location(engine: Engine, content: Content) -> MessageLocation | UnsetType:
    point = content.location
    if point is None or engine is Engine.GOWS:
        return UNSET
    return MessageLocation(
        latitude=str(point.latitude),
        longitude=str(point.longitude),
        name=point.name,
        address=point.address,
    )


def _reply_to(content: Content) -> ReplyTo | None:
    quoted = content.quoted
    if quoted is None:
        return None
    return ReplyTo(id=quoted.stanza, participant=quoted.participant, body=quoted.body)


def _author(account: Account, message: Message) -> Shown:
    if not message.from_me:
        return shown(message.person, message.address)
    if account.owner is None:
        raise ValueError("a session that is not paired sends nothing")
    return shown(account.owner, None)


def _data(account: Account, message: Message) -> JsonObject:
    chat = chat_of(message)
    author = _author(account, message)
    direct = message.place is Place.DIRECT
    other = shown(message.person, message.address) if direct else None
    push_name = author_name(account, message)
    match account.engine:
        case Engine.NOWEB:
            return noweb_data(
                chat=chat,
                alt=None if other is None else other.alt,
                participant=participant_of(account, message),
                participant_alt=None if direct else author.alt,
                from_me=message.from_me,
                stanza=message.stanza,
                timestamp=message.timestamp,
                push_name=push_name,
                content=message.content,
            )
        case Engine.GOWS:
            return gows_data(
                chat=chat,
                sender=author.main,
                sender_alt=author.alt,
                recipient_alt=other.alt if other is not None and message.from_me else None,
                device=0 if message.from_me else message.person.device,
                from_me=message.from_me,
                is_group=message.place is Place.GROUP,
                stanza=message.stanza,
                timestamp=message.timestamp,
                push_name=push_name,
                content=message.content,
            )
        case Engine.WEBJS:
            own = "" if account.owner is None else f"{account.owner.phone}@c.us"
            return webjs_data(
                serialized_id=message_id(account, message),
                chat=chat,
                sender=own if message.from_me else chat,
                recipient=chat if message.from_me else own,
                from_me=message.from_me,
                stanza=message.stanza,
                timestamp=message.timestamp,
                push_name=push_name,
                content=message.content,
            )


def author_name(account: Account, message: Message) -> str:
    """The push name beside a message: its author's."""
    if not message.from_me:
        return message.person.name
    return "" if account.owner is None else account.owner.name


def message_payload(account: Account, message: Message) -> MessagePayload:
    """The `payload` of `message` and `message.any`, and what the sending API answers."""
    chat = chat_of(message)
    webjs = account.engine is Engine.WEBJS
    own = None if account.owner is None else f"{account.owner.phone}@c.us"
    sender, recipient = chat, None
    if webjs and own is not None:
        sender, recipient = (own, chat) if message.from_me else (chat, own)
    ack = message.ack if message.ack is not None else (1 if message.from_me else 2)
    return MessagePayload(
        id=message_id(account, message),
        timestamp=message.timestamp,
        from_=sender,
        from_me=message.from_me,
        source=message.source,
        to=recipient,
        participant=participant_of(account, message),
        body=_body(account.engine, message.content),
        has_media=message.content.kind in MEDIA_KINDS,
        media=_media(account, message),
        ack=ack,
        ack_name=ACK_NAMES[ack],
        location=_location(account.engine, message.content),
        reply_to=_reply_to(message.content),
        v_cards=tuple(card.vcard for card in message.content.contacts),
        data=_data(account, message),
    )


def ack_payload(
    account: Account, message: Message, ack: int, by: Person | None = None
) -> AckPayload:
    """`message.ack` for a message that the account sent; `by` is who of a group acknowledges."""
    payload = message_payload(account, message)
    participant = payload.participant if by is None else shown(by, None).main
    parts = payload.id.split("_")
    return AckPayload(
        id=payload.id if by is None else "_".join([*parts[:3], participant or ""]),
        from_=payload.from_,
        to=payload.to,
        participant=participant,
        from_me=message.from_me,
        ack=ack,
        ack_name=ACK_NAMES[ack],
        data={},
    )


def reaction_payload(
    account: Account, message: Message, *, stanza: str, emoji: str, at: float, from_me: bool
) -> ReactionPayload:
    """`message.reaction` on `message`, by the person or (`from_me`) by the account."""
    chat = chat_of(message)
    own = None if account.owner is None else f"{account.owner.phone}@c.us"
    author = own if from_me else chat
    return ReactionPayload(
        id=f"{'true' if from_me else 'false'}_{chat}_{stanza}",
        from_=author or chat,
        from_me=from_me,
        source="api" if from_me else "app",
        to=chat,
        participant=author,
        timestamp=at,
        reaction=Reaction(text=emoji, message_id=message_id(account, message)),
    )


def edited_payload(account: Account, edit: Message, edited_stanza: str) -> EditedPayload:
    """`message.edited`: `edit` carries the new text under a stanza of its own."""
    fields = msgspec.structs.asdict(message_payload(account, edit))
    return EditedPayload(**fields, edited_message_id=edited_stanza)


def revoked_payload(account: Account, revoke: Message, revoked_stanza: str) -> RevokedPayload:
    """`message.revoked`: an empty message under a stanza of its own, beside the deleted id."""
    after = msgspec.structs.replace(message_payload(account, revoke), body="")
    return RevokedPayload(after=after, revoked_message_id=revoked_stanza, before=None, data={})


def environment(account: Account) -> Environment:
    """The server as envelopes and `/api/version` show it."""
    return Environment(
        version=OLD_VERSION if account.old_release else VERSION,
        engine=account.engine.value,
        tier="PLUS",
        browser="/usr/bin/google-chrome-stable" if account.engine is Engine.WEBJS else None,
        platform=UNSET if account.old_release else "linux/x86",
        worker=UNSET if account.old_release else Worker(),
    )


def envelope(
    account: Account,
    event: str,
    payload: Struct | JsonObject,
    *,
    event_id: str,
    timestamp_ms: int,
) -> Envelope:
    """Wrap a payload. Releases of 2025 leave `engine` out at the top."""
    return Envelope(
        id=event_id,
        timestamp=timestamp_ms,
        event=event,
        session=account.session,
        metadata=account.metadata,
        me=UNSET if account.owner is None else me(account.owner),
        payload=payload,
        engine=UNSET if account.old_release else account.engine.value,
        environment=environment(account),
    )


def encode(document: Struct) -> bytes:
    """The body, compact JSON in UTF-8."""
    return msgspec.json.encode(document)

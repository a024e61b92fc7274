"""What a message stands in: the message that it answers, the advertisement that led to it, and whom
it calls."""

from typing import Final

from proto_events.conversation import MAX_TEXT, AdReferral, PartyIdentity, ReplyTo
from ventros_channels.domain.waha.addresses import identities, read_address
from ventros_channels.domain.waha.members import LONG, JsonObject, child, text
from ventros_channels.domain.waha.message_id import bare_stanza

_QUOTED_TEXT = (
    ("extendedTextMessage", "text"),
    ("imageMessage", "caption"),
    ("videoMessage", "caption"),
)
_MOST_MENTIONS: Final = 256


def read_reply(payload: JsonObject, data: JsonObject, member: JsonObject) -> ReplyTo | None:
    """The answered message: as WAHA says it, else as the engine's document does."""
    reply = child(payload, "replyTo")
    stanza = bare_stanza(text(reply, "id", limit=LONG))
    if stanza is not None:
        return ReplyTo(stanza=stanza, text=text(reply, "body", limit=MAX_TEXT))
    context = child(member, "contextInfo")
    stanza = bare_stanza(text(context, "stanzaId", "stanzaID"))
    if stanza is not None:
        return ReplyTo(stanza=stanza, text=_quoted(child(context, "quotedMessage")))
    stanza = bare_stanza(text(data, "quotedStanzaID"))
    if stanza is not None:
        return ReplyTo(stanza=stanza, text=text(child(data, "quotedMsg"), "body", limit=MAX_TEXT))
    return None


def read_referral(data: JsonObject, member: JsonObject) -> AdReferral | None:
    """The click-to-WhatsApp advertisement, when one is named; a link preview is none."""
    context = child(member, "contextInfo")
    advertisement = child(context, "externalAdReply") or child(data, "ctwaContext")
    if not advertisement:
        return None
    source_type = text(advertisement, "sourceType")
    click = text(advertisement, "ctwaClid", limit=LONG)
    conversion = text(context, "conversionSource", "entryPointConversionSource") or text(
        advertisement, "conversionSource"
    )
    if source_type != "ad" and click is None and conversion is None:
        return None
    return AdReferral(
        source_type=source_type,
        source_id=text(advertisement, "sourceID", "sourceId"),
        source_url=text(advertisement, "sourceURL", "sourceUrl", limit=LONG),
        source_app=text(advertisement, "sourceApp") or text(context, "entryPointConversionApp"),
        title=text(advertisement, "title", limit=LONG),
        body=text(advertisement, "body", "description", limit=LONG),
        ctwa_click_id=click,
        conversion_source=conversion,
    )


def read_mentions(data: JsonObject, member: JsonObject) -> list[PartyIdentity]:
    """Whom the text calls, one address of each; whoever calls a whole group calls the first 256."""
    context = child(member, "contextInfo")
    for given in (
        context.get("mentionedJid"),
        context.get("mentionedJID"),
        data.get("mentionedJidList"),
    ):
        if isinstance(given, list) and given:
            return _people(given[:_MOST_MENTIONS])
    return []


def _people(given: list[object]) -> list[PartyIdentity]:
    found: dict[str, PartyIdentity] = {}
    for one in given:
        address = read_address(one.get("_serialized") if isinstance(one, dict) else one)
        if address is not None and address.kind in ("phone", "lid"):
            found[address.value] = identities(address)[0]
    return list(found.values())


def _quoted(message: JsonObject) -> str | None:
    plain = text(message, "conversation", limit=MAX_TEXT)
    if plain is not None:
        return plain
    for member, name in _QUOTED_TEXT:
        found = text(child(message, member), name, limit=MAX_TEXT)
        if found is not None:
            return found
    return None

"""WhatsApp's own message document, and what each engine wraps around it in `_data`.

Baileys (NOWEB) and whatsmeow (GOWS) print the same protobuf with other spellings of the
abbreviations; whatsapp-web.js (WEBJS) has a flat document of its own.
"""

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from waha_simulator.contents import Ad, Content, Kind, MediaFile, Quoted
from waha_simulator.lists import list_member
from waha_simulator.people import raw, with_device
from waha_simulator.wire import JsonObject

_THUMBNAIL = base64.b64encode(b"\xff\xd8\xff\xe0simulated thumbnail\xff\xd9").decode()
_WAVE = tuple(number * 37 % 101 for number in range(64))
_GO_NAMES = {
    "directPath": "directPath",
    "fileEncSha256": "fileEncSHA256",
    "fileSha256": "fileSHA256",
    "jpegThumbnail": "JPEGThumbnail",
    "mediaUrl": "mediaURL",
    "rowId": "rowID",
    "selectedButtonId": "selectedButtonID",
    "selectedRowId": "selectedRowID",
    "sourceId": "sourceID",
    "sourceUrl": "sourceURL",
    "stanzaId": "stanzaID",
    "thumbnailUrl": "thumbnailURL",
    "url": "URL",
}
_E2E_ENCRYPTED_STUB = 39
_EPHEMERAL_SETTING = 3
_MEDIA_MEMBERS = {
    Kind.IMAGE: "imageMessage",
    Kind.VIDEO: "videoMessage",
    Kind.AUDIO: "audioMessage",
    Kind.VOICE: "audioMessage",
    Kind.DOCUMENT: "documentMessage",
    Kind.STICKER: "stickerMessage",
}
_GOWS_MEDIA_TYPES = {
    Kind.IMAGE: "image",
    Kind.VIDEO: "video",
    Kind.AUDIO: "audio",
    Kind.VOICE: "ptt",
    Kind.DOCUMENT: "document",
    Kind.STICKER: "sticker",
    Kind.LOCATION: "location",
    Kind.CONTACT: "vcard",
}
_WEBJS_TYPES = {
    Kind.TEXT: "chat",
    Kind.AD: "chat",
    Kind.IMAGE: "image",
    Kind.VIDEO: "video",
    Kind.AUDIO: "audio",
    Kind.VOICE: "ptt",
    Kind.DOCUMENT: "document",
    Kind.STICKER: "sticker",
    Kind.LOCATION: "location",
    Kind.CONTACT: "vcard",
    Kind.POLL: "poll_creation",
    Kind.LIST: "list",
    Kind.BUTTON_REPLY: "buttons_response",
    Kind.LIST_REPLY: "list_response",
    Kind.INTERACTIVE_REPLY: "interactive_response",
    Kind.SYSTEM: "e2e_notification",
}


def _present(document: Mapping[str, Any]) -> JsonObject:
    return {name: value for name, value in document.items() if value is not None}


def _context(content: Content) -> JsonObject | None:
    context: JsonObject = {}
    if content.quoted is not None:
        context |= {
            "stanzaId": content.quoted.stanza,
            "participant": raw(content.quoted.participant),
            "quotedMessage": {"conversation": content.quoted.body},
        }
    if content.ad is not None:
        context |= {
            "conversionSource": "FB_Ads",
            "entryPointConversionSource": "ctwa_ad",
            "entryPointConversionApp": content.ad.source_app,
            "externalAdReply": {
                "title": content.ad.title,
                "body": content.ad.body,
                "mediaType": 1,
                "thumbnailUrl": f"{content.ad.source_url}/thumbnail.jpg",
                "mediaUrl": f"{content.ad.source_url}/media",
                "sourceType": "ad",
                "sourceId": content.ad.source_id,
                "sourceUrl": content.ad.source_url,
                "sourceApp": content.ad.source_app,
                "ctwaClid": content.ad.click_id,
            },
        }
    return context or None


def _file(media: MediaFile, seed: str) -> JsonObject:
    digest = base64.b64encode(hashlib.sha256(seed.encode()).digest()).decode()
    return {
        "url": f"https://mmg.whatsapp.net/v/t62/{seed}.enc",
        "mimetype": media.mimetype,
        "fileSha256": digest,
        "fileLength": str(media.size),
        "mediaKey": digest,
        "fileEncSha256": digest,
        "directPath": f"/v/t62/{seed}.enc",
    }


def _media_member(content: Content, seed: str, context: JsonObject | None) -> JsonObject:
    media = content.media
    assert media is not None, f"a {content.kind} carries a file"
    document = _file(media, seed)
    match content.kind:
        case Kind.IMAGE:
            document |= {"height": 960, "width": 720, "jpegThumbnail": _THUMBNAIL}
        case Kind.VIDEO:
            document |= {"seconds": media.seconds, "height": 640, "width": 360}
        case Kind.AUDIO:
            document |= {"seconds": media.seconds, "ptt": False}
        case Kind.VOICE:
            wave = base64.b64encode(bytes(_WAVE)).decode()
            document |= {"seconds": media.seconds, "ptt": True, "waveform": wave}
        case Kind.DOCUMENT:
            document |= {"fileName": media.filename, "title": media.filename}
        case _:
            document |= {"isAnimated": False, "height": 64, "width": 64}
    return _present(document | {"caption": content.text, "contextInfo": context})


def baileys_message(content: Content, seed: str) -> JsonObject:
    """The protobuf message in Baileys' spelling; `seed` (the stanza) makes its hashes differ."""
    context = _context(content)
    match content.kind:
        case Kind.TEXT | Kind.AD:
            if context is None:
                return {"conversation": content.text}
            return {"extendedTextMessage": {"text": content.text, "contextInfo": context}}
        case Kind.LOCATION:
            assert content.location is not None
            point = content.location
            body = {
                "degreesLatitude": point.latitude,
                "degreesLongitude": point.longitude,
                "name": point.name,
                "address": point.address,
                "jpegThumbnail": _THUMBNAIL,
                "contextInfo": context,
            }
            return {"locationMessage": _present(body)}
        case Kind.CONTACT:
            cards = [{"displayName": card.name, "vcard": card.vcard} for card in content.contacts]
            if len(cards) == 1:
                return {"contactMessage": _present(cards[0] | {"contextInfo": context})}
            listed = {"displayName": f"{len(cards)} contacts", "contacts": cards}
            return {"contactsArrayMessage": _present(listed | {"contextInfo": context})}
        case Kind.POLL:
            assert content.poll is not None
            poll = {
                "name": content.poll.name,
                "options": [{"optionName": option} for option in content.poll.options],
                "selectableOptionsCount": 0 if content.poll.multiple_answers else 1,
            }
            return {"pollCreationMessageV3": poll}
        case Kind.LIST:
            assert content.offer is not None
            return {"listMessage": _present(list_member(content.offer) | {"contextInfo": context})}
        case Kind.SYSTEM:
            return {"protocolMessage": {"type": _EPHEMERAL_SETTING, "ephemeralExpiration": 604800}}
        case Kind.BUTTON_REPLY | Kind.LIST_REPLY | Kind.INTERACTIVE_REPLY:
            return _choice_member(content)
        case _:
            return {_MEDIA_MEMBERS[content.kind]: _media_member(content, seed, context)}


def _choice_member(content: Content) -> JsonObject:
    choice = content.choice
    assert choice is not None, f"a {content.kind} carries a choice"
    match content.kind:
        case Kind.BUTTON_REPLY:
            button = {
                "selectedButtonId": choice.id,
                "selectedDisplayText": choice.title,
                "type": 1,
            }
            return {"buttonsResponseMessage": button}
        case Kind.LIST_REPLY:
            row = {
                "title": choice.title,
                "listType": 1,
                "singleSelectReply": {"selectedRowId": choice.id},
                "description": choice.description,
            }
            return {"listResponseMessage": _present(row)}
        case _:
            flow = {
                "name": "quick_reply",
                "paramsJson": f'{{"id":"{choice.id}"}}',
                "version": 1,
            }
            body = {"text": choice.title}
            return {"interactiveResponseMessage": {"body": body, "nativeFlowResponseMessage": flow}}


def whatsmeow_spelling(document: Any) -> Any:
    """Baileys' field names as Go's JSON writes them (`url` is `URL`, `stanzaId` is `stanzaID`)."""
    if isinstance(document, dict):
        return {
            _GO_NAMES.get(name, name): whatsmeow_spelling(value) for name, value in document.items()
        }
    if isinstance(document, list):
        return [whatsmeow_spelling(item) for item in document]
    return document


def noweb_data(
    *,
    chat: str,
    alt: str | None,
    participant: str | None,
    participant_alt: str | None,
    from_me: bool,
    stanza: str,
    timestamp: int,
    push_name: str,
    content: Content,
) -> JsonObject:
    """Baileys' WebMessageInfo. Addresses come in WAHA's form."""
    key = {
        "remoteJid": raw(chat),
        "remoteJidAlt": None if alt is None else raw(alt),
        "fromMe": from_me,
        "id": stanza,
        "participant": None if participant is None else raw(participant),
        "participantAlt": None if participant_alt is None else raw(participant_alt),
    }
    document: JsonObject = {
        "key": _present(key),
        "messageTimestamp": timestamp,
        "pushName": push_name,
        "broadcast": chat == "status@broadcast",
    }
    if content.kind is Kind.SYSTEM and content.view_once:
        # WhatsApp withholds it from linked devices: its key alone says what it is (WAHA #1972).
        return document | {"key": _present(key) | {"isViewOnce": True}, "status": 3}
    if content.kind is Kind.SYSTEM:
        return document | {"message": None, "messageStubType": _E2E_ENCRYPTED_STUB}
    message = baileys_message(content, stanza)
    return document | {"message": seen_once(message) if content.view_once else message, "status": 2}


def gows_data(
    *,
    chat: str,
    sender: str,
    sender_alt: str | None,
    recipient_alt: str | None,
    device: int,
    from_me: bool,
    is_group: bool,
    stanza: str,
    timestamp: int,
    push_name: str,
    content: Content,
) -> JsonObject:
    """whatsmeow's events.Message. Addresses come in WAHA's form; absent ones are empty strings."""
    media_type = _GOWS_MEDIA_TYPES.get(content.kind, "")
    addressing = ("lid" if sender.endswith("@lid") else "pn") if is_group else ""
    info = {
        "Chat": raw(chat),
        "Sender": with_device(raw(sender), device),
        "SenderAlt": "" if sender_alt is None else with_device(raw(sender_alt), device),
        "RecipientAlt": "" if recipient_alt is None else raw(recipient_alt),
        "AddressingMode": addressing,
        "IsFromMe": from_me,
        "IsGroup": is_group,
        "ID": stanza,
        "Type": "media" if media_type else "text",
        "PushName": push_name,
        "Timestamp": dt.datetime.fromtimestamp(timestamp, dt.UTC).isoformat(),
        "MediaType": media_type,
        "Edit": "",
        "VerifiedName": None,
        "DeviceSentMeta": {"DestinationJID": raw(chat), "Phash": ""} if from_me else None,
    }
    message = whatsmeow_spelling(baileys_message(content, stanza))
    whole = seen_once(message) if content.view_once else message
    flags = {"IsViewOnceV2": True} if content.view_once else {}
    return {"Info": info, "Message": message, "RawMessage": whole, "Status": None, **flags}


def seen_once(message: JsonObject) -> JsonObject:
    """The wrapper of what is to be seen once; whatsmeow takes it off and sets a flag."""
    return {"viewOnceMessageV2": {"message": message}}


def webjs_data(
    *,
    serialized_id: str,
    chat: str,
    sender: str,
    recipient: str,
    from_me: bool,
    stanza: str,
    timestamp: int,
    push_name: str,
    content: Content,
) -> JsonObject:
    """whatsapp-web.js' raw message. Addresses come in WAHA's form."""
    document: JsonObject = {
        "id": {"fromMe": from_me, "remote": chat, "id": stanza, "_serialized": serialized_id},
        "type": _WEBJS_TYPES[content.kind],
        "t": timestamp,
        "notifyName": push_name,
        "from": sender,
        "to": recipient,
        "ack": 1,
        "isNewMsg": True,
        "body": content.text,
    }
    if content.kind is Kind.SYSTEM:
        document["subtype"] = "encrypt"
    if content.media is not None:
        document |= _file(content.media, stanza) | {
            "caption": content.text,
            "filename": content.media.filename,
            "size": content.media.size,
            "isViewOnce": content.view_once or None,
        }
        document |= _webjs_measures(content.kind, content.media)
    if content.location is not None:
        document |= {
            "lat": content.location.latitude,
            "lng": content.location.longitude,
            "loc": content.location.name,
            "body": _THUMBNAIL,
        }
    if content.contacts:
        document |= {
            "body": content.contacts[0].vcard,
            "vcardFormattedName": content.contacts[0].name,
        }
    if content.poll is not None:
        document |= {
            "pollName": content.poll.name,
            "pollOptions": [
                {"name": option, "localId": number}
                for number, option in enumerate(content.poll.options)
            ],
        }
    if content.offer is not None:
        document["list"] = list_member(content.offer)
    return _present(document | _webjs_choice(content) | _webjs_context(content.quoted, content.ad))


def _webjs_measures(kind: Kind, media: MediaFile) -> JsonObject:
    """The length is a string; the waveform what JSON makes of a `Uint8Array`."""
    measures: JsonObject = {}
    if kind in (Kind.VIDEO, Kind.AUDIO, Kind.VOICE):
        measures["duration"] = str(media.seconds)
    if kind is Kind.VOICE:
        measures["waveform"] = {str(place): value for place, value in enumerate(_WAVE)}
    if kind in (Kind.IMAGE, Kind.VIDEO, Kind.STICKER):
        measures |= {"width": 640, "height": 480}
    return measures


def _webjs_choice(content: Content) -> JsonObject:
    choice = content.choice
    if choice is None:
        return {}
    if content.kind is Kind.LIST_REPLY:
        row = {
            "title": choice.title,
            "description": choice.description,
            "listType": 1,
            "singleSelectReply": {"selectedRowId": choice.id},
        }
        return {"body": choice.title, "listResponse": _present(row)}
    return {"body": choice.title, "selectedButtonId": choice.id}


def _webjs_context(quoted: Quoted | None, ad: Ad | None) -> JsonObject:
    document: JsonObject = {}
    if quoted is not None:
        document |= {
            "quotedStanzaID": quoted.stanza,
            "quotedParticipant": quoted.participant,
            "quotedMsg": {"type": "chat", "body": quoted.body},
        }
    if ad is not None:
        document["ctwaContext"] = {
            "conversionSource": "FB_Ads",
            "title": ad.title,
            "description": ad.body,
            "mediaType": 1,
            "sourceType": "ad",
            "sourceId": ad.source_id,
            "sourceUrl": ad.source_url,
            "sourceApp": ad.source_app,
            "ctwaClid": ad.click_id,
        }
    return document

"""What WAHA tells of each content, engine by engine, and what it is in our words."""

from collections.abc import Mapping
from typing import Any

import msgspec

from proto_events.conversation import (
    ContactCard,
    Content,
    Interactive,
    ListRow,
    ListSection,
    Location,
    Media,
    Poll,
    Reaction,
)

VCARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Maria Souza\nEND:VCARD"
URL = "http://waha:3000/api/files/a.bin"
FILE = {"hasMedia": True, "media": {"url": URL, "mimetype": "x/y"}}
AVAILABLE = Media(status="available", url=URL, mimetype="x/y")
WAVE = [0, 7, 100, 42]


def webhook(payload: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """A message that consists of `payload`, with `data` as the engine's own document."""
    own = {"id": "false_554400000003@c.us_3A01", "timestamp": 1783000000}
    return {"id": "evt_1", "event": "message", "payload": {**own, **payload, "_data": data}}


def gows(member: str, fields: object, media_type: str = "") -> dict[str, Any]:
    return {"Info": {"MediaType": media_type}, "Message": {member: fields}}


def noweb(member: str, fields: object) -> dict[str, Any]:
    return {"key": {}, "message": {member: fields, "messageContextInfo": {}}}


CONTENTS: dict[str, tuple[dict[str, Any], dict[str, Any], Content]] = {
    "text of nothing but a body": ({"body": "oi"}, {}, Content(type="text", text="oi")),
    "text, GOWS without a body": ({}, gows("conversation", "oi"), Content(type="text", text="oi")),
    "text, extended": (
        {},
        noweb("extendedTextMessage", {"text": "oi"}),
        Content(type="text", text="oi"),
    ),
    "text, WEBJS": ({"body": "oi"}, {"type": "chat"}, Content(type="text", text="oi")),
    "text that disappears": (
        {},
        noweb("ephemeralMessage", {"message": {"extendedTextMessage": {"text": "oi"}}}),
        Content(type="text", text="oi"),
    ),
    "image, GOWS with its caption in the document": (
        FILE,
        gows("imageMessage", {"caption": "foto", "fileLength": "2048"}, "image"),
        Content(
            type="image", text="foto", media=msgspec.structs.replace(AVAILABLE, size_bytes=2048)
        ),
    ),
    "image, WEBJS with its caption in the body": (
        FILE | {"body": "foto"},
        {"type": "image", "size": 7},
        Content(type="image", text="foto", media=msgspec.structs.replace(AVAILABLE, size_bytes=7)),
    ),
    "image to be seen once": (
        FILE,
        noweb("viewOnceMessageV2", {"message": {"imageMessage": {}}}),
        Content(type="image", media=AVAILABLE, view_once=True),
    ),
    "film to be seen once, GOWS has unpacked it": (
        FILE,
        gows("videoMessage", {}, "video") | {"IsViewOnceV2": True},
        Content(type="video", media=AVAILABLE, view_once=True),
    ),
    "voice to be heard once": (
        FILE,
        noweb("audioMessage", {"ptt": True, "viewOnce": True}),
        Content(type="voice", media=AVAILABLE, view_once=True),
    ),
    "image to be seen once, WEBJS": (
        FILE,
        {"type": "image", "isViewOnce": True},
        Content(type="image", media=AVAILABLE, view_once=True),
    ),
    # WhatsApp withholds it from linked devices (WAHA #1972).
    "something to be seen once that only the phone may show": (
        {"body": None, "hasMedia": False, "media": None},
        {"key": {"isViewOnce": True}, "status": 3},
        Content(type="system", system="view_once", view_once=True),
    ),
    "buttons in the wrapper of what is to be seen once": (
        {},
        noweb("viewOnceMessage", {"message": {"buttonsMessage": {"contentText": "Confirma?"}}}),
        Content(
            type="interactive",
            text="Confirma?",
            interactive=Interactive(kind="button_offer"),
        ),
    ),
    "video": (FILE, noweb("videoMessage", {}), Content(type="video", media=AVAILABLE)),
    "video, round": (FILE, noweb("ptvMessage", {}), Content(type="video", media=AVAILABLE)),
    "audio": (FILE, noweb("audioMessage", {"ptt": False}), Content(type="audio", media=AVAILABLE)),
    "voice, NOWEB": (
        FILE,
        noweb("audioMessage", {"ptt": True}),
        Content(type="voice", media=AVAILABLE),
    ),
    "voice, GOWS in Go's spelling": (
        FILE,
        gows("audioMessage", {"PTT": True}),
        Content(type="voice", media=AVAILABLE),
    ),
    "voice with its length and its waveform": (
        FILE,
        noweb("audioMessage", {"ptt": True, "seconds": 9, "waveform": "AAdkKg=="}),
        Content(
            type="voice",
            media=msgspec.structs.replace(AVAILABLE, duration_seconds=9, waveform=WAVE),
        ),
    ),
    "voice, GOWS by its media type": (
        FILE,
        gows("audioMessage", {}, "ptt"),
        Content(type="voice", media=AVAILABLE),
    ),
    "voice, WEBJS": (FILE, {"type": "ptt"}, Content(type="voice", media=AVAILABLE)),
    "voice by MIME type alone": (
        {"hasMedia": True, "media": {"url": URL, "mimetype": "audio/ogg; codecs=opus"}},
        {},
        Content(
            type="voice",
            media=Media(status="available", url=URL, mimetype="audio/ogg; codecs=opus"),
        ),
    ),
    "video with its measures": (
        FILE,
        gows("videoMessage", {"seconds": 12, "width": 720, "height": 1280}, "video"),
        Content(
            type="video",
            media=msgspec.structs.replace(AVAILABLE, duration_seconds=12, width=720, height=1280),
        ),
    ),
    "audio, WEBJS with its length in words": (
        FILE,
        {"type": "audio", "duration": "31"},
        Content(type="audio", media=msgspec.structs.replace(AVAILABLE, duration_seconds=31)),
    ),
    "measures that are none": (
        FILE,
        noweb("videoMessage", {"seconds": 0, "width": -1, "height": 1e9, "waveform": 7}),
        Content(type="video", media=AVAILABLE),
    ),
    "document with a caption around it": (
        {"hasMedia": True, "media": {"url": URL, "filename": "a.pdf"}},
        noweb(
            "documentWithCaptionMessage",
            {"message": {"documentMessage": {"caption": "veja", "fileName": "b.pdf"}}},
        ),
        Content(
            type="document",
            text="veja",
            media=Media(status="available", url=URL, filename="a.pdf"),
        ),
    ),
    "photo sent as a document": (
        {"hasMedia": True, "media": {"url": URL, "mimetype": "image/heic"}},
        gows("documentMessage", {"fileName": "x.heic"}, "document"),
        Content(
            type="document",
            media=Media(status="available", url=URL, mimetype="image/heic", filename="x.heic"),
        ),
    ),
    "sticker": (
        FILE,
        gows("stickerMessage", {}, "sticker"),
        Content(type="sticker", media=AVAILABLE),
    ),
    "file that is not downloaded": (
        {"hasMedia": True, "media": None},
        noweb("videoMessage", {"mimetype": "video/mp4"}),
        Content(type="video", media=Media(status="pending", mimetype="video/mp4")),
    ),
    "file that failed": (
        {"hasMedia": True, "media": {"url": None, "mimetype": "a/b", "error": "timeout"}},
        {"type": "image"},
        Content(type="image", media=Media(status="failed", mimetype="a/b", error="timeout")),
    ),
    "file that failed with an object": (
        {"hasMedia": True, "media": {"error": {"message": "gone"}}},
        {"type": "image"},
        Content(type="image", media=Media(status="failed", error="gone")),
    ),
    "location, GOWS": (
        {},
        gows(
            "locationMessage",
            {
                "degreesLatitude": -25.5,
                "degreesLongitude": -49.25,
                "name": "Praça",
                "address": "R 1",
            },
            "location",
        ),
        Content(
            type="location",
            location=Location(latitude=-25.5, longitude=-49.25, name="Praça", address="R 1"),
        ),
    ),
    "location, numbers as strings": (
        {"location": {"latitude": "-25.5", "longitude": "-49.25", "live": True}},
        {},
        Content(type="location", location=Location(latitude=-25.5, longitude=-49.25)),
    ),
    "location, WEBJS has the map's picture for a body": (
        {"body": "/9j/4AAQSkZJRg=="},
        {"type": "location", "lat": 1.0, "lng": 2.0, "loc": "Praça"},
        Content(type="location", location=Location(latitude=1.0, longitude=2.0, name="Praça")),
    ),
    "location that is not on Earth": (
        {"location": {"latitude": "91", "longitude": "0"}},
        {},
        Content(type="location"),
    ),
    "contact, one": (
        {"vCards": [VCARD]},
        gows("contactMessage", {"displayName": "Maria", "vcard": VCARD}, "vcard"),
        Content(type="contact", contacts=[ContactCard(name="Maria", vcard=VCARD)]),
    ),
    "contact, several": (
        {},
        noweb("contactsArrayMessage", {"contacts": [{"vcard": VCARD}, {"displayName": "none"}]}),
        Content(type="contact", contacts=[ContactCard(name="Maria Souza", vcard=VCARD)]),
    ),
    "contact, WEBJS has it in the body": (
        {"body": VCARD},
        {"type": "vcard"},
        Content(type="contact", contacts=[ContactCard(name="Maria Souza", vcard=VCARD)]),
    ),
    "contact, by vCards alone": (
        {"vCards": [VCARD, 5]},
        {},
        Content(type="contact", contacts=[ContactCard(name="Maria Souza", vcard=VCARD)]),
    ),
    "reaction": (
        {},
        gows("reactionMessage", {"key": {"ID": "3EB0AA"}, "text": "🙏"}),
        Content(type="reaction", reaction=Reaction(emoji="🙏", stanza="3EB0AA")),
    ),
    "reaction taken away": (
        {},
        noweb("reactionMessage", {"key": {"id": "3EB0AA"}, "text": ""}),
        Content(type="reaction", reaction=Reaction(emoji="", stanza="3EB0AA")),
    ),
    "reaction to nothing": (
        {},
        noweb("reactionMessage", {}),
        Content(type="system", system="reaction"),
    ),
    "poll": (
        {},
        noweb(
            "pollCreationMessageV3",
            {
                "name": "Qual?",
                "options": [{"optionName": "A"}, {"optionName": "B"}, {}],
                "selectableOptionsCount": 0,
            },
        ),
        Content(type="poll", poll=Poll(name="Qual?", options=["A", "B"], multiple_answers=True)),
    ),
    "poll, WEBJS": (
        {"body": "Qual?"},
        {"type": "poll_creation", "pollOptions": [{"name": "A"}]},
        Content(type="poll", poll=Poll(name="Qual?", options=["A"])),
    ),
    "button chosen": (
        {},
        noweb("buttonsResponseMessage", {"selectedButtonId": "b1", "selectedDisplayText": "Sim"}),
        Content(
            type="interactive",
            text="Sim",
            interactive=Interactive(kind="button_reply", title="Sim", selected_id="b1"),
        ),
    ),
    "button of a template chosen, GOWS": (
        {},
        gows("templateButtonReplyMessage", {"selectedID": "b1", "selectedDisplayText": "Sim"}),
        Content(
            type="interactive",
            text="Sim",
            interactive=Interactive(kind="button_reply", title="Sim", selected_id="b1"),
        ),
    ),
    "row chosen, GOWS": (
        {},
        gows(
            "listResponseMessage",
            {
                "title": "M",
                "description": "Pronta entrega",
                "singleSelectReply": {"selectedRowID": "size-m"},
            },
        ),
        Content(
            type="interactive",
            text="M",
            interactive=Interactive(
                kind="list_reply",
                title="M",
                selected_id="size-m",
                description="Pronta entrega",
            ),
        ),
    ),
    "row chosen, WEBJS": (
        {"body": "M"},
        {
            "type": "list_response",
            "listResponse": {"title": "M", "singleSelectReply": {"selectedRowId": "size-m"}},
        },
        Content(
            type="interactive",
            text="M",
            interactive=Interactive(kind="list_reply", title="M", selected_id="size-m"),
        ),
    ),
    "flow answered": (
        {},
        noweb(
            "interactiveResponseMessage",
            {
                "body": {"text": "Ok"},
                "nativeFlowResponseMessage": {"name": "quick_reply", "paramsJson": '{"id":"ok"}'},
            },
        ),
        Content(
            type="interactive",
            text="Ok",
            interactive=Interactive(kind="button_reply", title="Ok", selected_id="ok"),
        ),
    ),
    "list offered": (
        {},
        noweb(
            "listMessage",
            {
                "title": "Tamanhos",
                "description": "Escolha",
                "sections": [{"rows": [{"title": "M"}, {"title": "G"}]}],
            },
        ),
        Content(
            type="interactive",
            text="Escolha",
            interactive=Interactive(kind="list_offer", title="Tamanhos", options=["M", "G"]),
        ),
    ),
    "list with rows that can be chosen, GOWS": (
        {},
        gows(
            "listMessage",
            {
                "description": "Escolha",
                "buttonText": "Ver",
                "footerText": "Até sábado",
                "sections": [
                    {
                        "title": "Adulto",
                        "rows": [
                            {"title": "M", "rowID": "size-m", "description": "Pronta entrega"}
                        ],
                    },
                    {"title": "", "rows": [{"title": "G", "rowID": "size-g"}]},
                    {"title": "Infantil", "rows": []},
                ],
            },
        ),
        Content(
            type="interactive",
            text="Escolha",
            interactive=Interactive(
                kind="list_offer",
                options=["M", "G"],
                button="Ver",
                footer="Até sábado",
                sections=[
                    ListSection(
                        title="Adulto",
                        rows=[ListRow(id="size-m", title="M", description="Pronta entrega")],
                    ),
                    ListSection(rows=[ListRow(id="size-g", title="G")]),
                ],
            ),
        ),
    ),
    "buttons offered": (
        {},
        noweb(
            "buttonsMessage",
            {"contentText": "Confirma?", "buttons": [{"buttonText": {"displayText": "Sim"}}]},
        ),
        Content(
            type="interactive",
            text="Confirma?",
            interactive=Interactive(kind="button_offer", options=["Sim"]),
        ),
    ),
    "notice of a browser engine": (
        {},
        {"type": "e2e_notification", "subtype": "encrypt"},
        Content(type="system", system="e2e_notification.encrypt"),
    ),
    "notice, NOWEB": (
        {},
        {"message": None, "messageStubType": 39},
        Content(type="system", system="stub.39"),
    ),
    "notice, GOWS": (
        {},
        gows("protocolMessage", {"type": 3}),
        Content(type="system", system="protocolMessage.3"),
    ),
    "kind of message that is not known yet": (
        {"body": "?"},
        noweb("hologramMessage", {"beam": 1}),
        Content(type="text", text="?"),
    ),
    "nothing at all": ({}, {}, Content(type="system", system="unknown")),
}

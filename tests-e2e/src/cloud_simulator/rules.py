"""What Meta refuses of a body whose members are all known. Pure."""

from collections.abc import Collection

from cloud_simulator.errors import GraphError, bad_request, bad_value
from cloud_simulator.requests import Card, File, Offer, Send

FILES = ("image", "video", "audio", "document", "sticker")
TYPES = ("text", *FILES, "location", "contacts", "reaction", "interactive", "template")
_CAPTIONED = frozenset({"image", "video", "document"})
_BODY_WITH_BUTTONS = 1024
_ROWS = 10


def check(send: Send, *, known: Collection[str], files: Collection[str]) -> None:
    """`known` are the ids of the number's messages, `files` those of what was uploaded to it.

    Raises:
        GraphError
    """
    if send.to is None and send.recipient is None:
        raise bad_request("The parameter to is required.")
    if send.type not in TYPES:
        raise bad_request(f"Param type must be one of {TYPES}.")
    given = [name for name in TYPES if getattr(send, name) is not None]
    if given != [send.type]:
        raise GraphError(131008, f"Exactly the member {send.type} is needed, not {given}.")
    if send.context is not None and send.context.message_id not in known:
        raise bad_value("The message that is answered is not known.")
    if send.reaction is not None and send.reaction.message_id not in known:
        raise bad_value("The message that is reacted to is not known.")
    file = getattr(send, send.type) if send.type in FILES else None
    if isinstance(file, File):
        _check_file(send.type, file, files)
    for card in send.contacts or []:
        _check_card(card)
    if send.interactive is not None:
        _check_offer(send.interactive)


def _check_file(kind: str, file: File, files: Collection[str]) -> None:
    if (file.id is None) == (file.link is None):
        raise bad_request(f"Exactly one of id and link of {kind} is needed.")
    if file.id is not None and file.id not in files:
        attachment = "is not a valid whatsapp business account media attachment ID"
        raise bad_request(f"Param {kind}['id'] {attachment}.")
    if file.caption is not None and kind not in _CAPTIONED:
        raise bad_request(f'Unexpected key "caption" on param "{kind}".')
    if file.filename is not None and kind != "document":
        raise bad_request(f'Unexpected key "filename" on param "{kind}".')
    if file.voice and kind != "audio":
        raise bad_request(f'Unexpected key "voice" on param "{kind}".')


def _check_card(card: Card) -> None:
    if card.name.first_name is None and card.name.last_name is None:
        raise bad_request("Beside formatted_name another part of the name is needed.")


def _check_offer(offer: Offer) -> None:
    action = offer.action
    if offer.type == "button":
        _check_buttons(offer)
    elif offer.type == "list":
        if action.button is None or action.sections is None or action.buttons is not None:
            raise GraphError(131008, "A list needs button and sections.")
        rows = [row for section in action.sections for row in section.rows]
        if len(rows) > _ROWS:
            raise bad_value(f"A list has at most {_ROWS} rows.")
        if len(action.sections) > 1 and any(one.title is None for one in action.sections):
            raise GraphError(131008, "Of several sections each needs a title.")
        _different([row.id for row in rows], "ids of rows")


def _check_buttons(offer: Offer) -> None:
    buttons = offer.action.buttons
    if buttons is None or offer.action.sections is not None or offer.action.button is not None:
        raise GraphError(131008, "Buttons are needed, and nothing else.")
    if len(offer.body.text) > _BODY_WITH_BUTTONS:
        raise bad_value(f"The body has at most {_BODY_WITH_BUTTONS} characters.")
    _different([one.reply.id for one in buttons], "ids of buttons")
    _different([one.reply.title for one in buttons], "titles of buttons")


def _different(values: list[str], what: str) -> None:
    if len(set(values)) != len(values):
        raise bad_value(f"The {what} are not different.")

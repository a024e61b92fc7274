"""Buttons and lists: what was offered, what was chosen."""

from typing import Final, Literal

import msgspec

from proto_events.conversation import MAX_TEXT, Interactive, ListRow, ListSection
from ventros_channels.domain.waha.document import Document
from ventros_channels.domain.waha.members import JsonObject, child, children, text

_MAX_OPTIONS = 100
_Kind = Literal["button_offer", "button_reply", "list_offer", "list_reply"]
_KINDS: Final[dict[str, _Kind]] = {
    "buttonsMessage": "button_offer",
    "templateMessage": "button_offer",
    "interactiveMessage": "button_offer",
    "listMessage": "list_offer",
    "buttonsResponseMessage": "button_reply",
    "templateButtonReplyMessage": "button_reply",
    "interactiveResponseMessage": "button_reply",
    "listResponseMessage": "list_reply",
    "buttons": "button_offer",
    "interactive": "button_offer",
    "list": "list_offer",
    "buttons_response": "button_reply",
    "template_button_reply": "button_reply",
    "interactive_response": "button_reply",
    "list_response": "list_reply",
}


def read_interactive(document: Document) -> tuple[Interactive, str | None]:
    """The offer or the choice, and the text that it shows."""
    kind = _KINDS.get(document.name, "button_offer")
    member = document.member
    if kind == "button_reply":
        return _button_reply(member)
    if kind == "list_reply":
        return _list_reply(member)
    return _offer(kind, member)


def _button_reply(member: JsonObject) -> tuple[Interactive, str | None]:
    flow = child(member, "nativeFlowResponseMessage")
    title = (
        text(member, "selectedDisplayText")
        or text(child(member, "Response", "response"), "selectedDisplayText", "SelectedDisplayText")
        or text(child(member, "body"), "text")
        or text(member, "body")
    )
    selected = (
        text(member, "selectedButtonId", "selectedButtonID", "selectedId", "selectedID")
        or _flow_id(flow)
        or text(flow, "name")
    )
    return Interactive(kind="button_reply", title=title, selected_id=selected), title


def _list_reply(member: JsonObject) -> tuple[Interactive, str | None]:
    reply = child(member, "listResponse") or member
    title = text(reply, "title") or text(member, "body")
    selected = text(child(reply, "singleSelectReply"), "selectedRowId", "selectedRowID")
    chosen = Interactive(
        kind="list_reply",
        title=title,
        selected_id=selected,
        description=text(reply, "description"),
    )
    return chosen, title


def _flow_id(flow: JsonObject) -> str | None:
    """The choice of a native flow is JSON inside a string."""
    params = text(flow, "paramsJson", "paramsJSON", limit=MAX_TEXT)
    if params is None:
        return None
    try:
        answer = msgspec.json.decode(params)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    return text(answer, "id") if isinstance(answer, dict) else None


def _offer(kind: _Kind, member: JsonObject) -> tuple[Interactive, str | None]:
    template = child(
        member, "hydratedTemplate", "hydratedFourRowTemplate", "interactiveMessageTemplate"
    )
    offer = template or child(member, "list") or member
    said = (
        text(offer, "contentText", "hydratedContentText", "description", limit=MAX_TEXT)
        or text(child(offer, "body"), "text", limit=MAX_TEXT)
        or text(offer, "body", limit=MAX_TEXT)
    )
    title = text(offer, "title", "hydratedTitleText", "text") or text(
        child(offer, "header"), "title"
    )
    options = [option for option in _options(offer) if option][:_MAX_OPTIONS]
    return (
        Interactive(
            kind=kind,
            title=title,
            options=options,
            button=text(offer, "buttonText"),
            footer=text(offer, "footerText"),
            sections=_sections(offer),
        ),
        said,
    )


def _sections(offer: JsonObject) -> list[ListSection]:
    """A list's rows that can be chosen: those with an id."""
    found = []
    left = _MAX_OPTIONS
    for section in children(offer, "sections")[:_MAX_OPTIONS]:
        rows = [row for one in children(section, "rows")[:left] if (row := _row(one))]
        left -= len(rows)
        if rows:
            found.append(ListSection(title=text(section, "title"), rows=rows))
    return found


def _row(member: JsonObject) -> ListRow | None:
    row_id, title = text(member, "rowId", "rowID"), text(member, "title")
    if row_id is None or title is None:
        return None
    return ListRow(id=row_id, title=title, description=text(member, "description"))


def _options(offer: JsonObject) -> list[str | None]:
    rows = [row for section in children(offer, "sections") for row in children(section, "rows")]
    if rows:
        return [text(row, "title") for row in rows]
    native = children(child(offer, "nativeFlowMessage"), "buttons")
    return [
        text(child(button, "buttonText"), "displayText")
        or text(_hydrated(button), "displayText")
        or text(button, "displayText", "name")
        for button in children(offer, "buttons", "hydratedButtons", "dynamicReplyButtons") or native
    ]


def _hydrated(button: JsonObject) -> JsonObject:
    return child(button, "quickReplyButton", "urlButton", "callButton")

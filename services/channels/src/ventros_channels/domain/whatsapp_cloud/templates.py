"""Templates as the Graph API lists them, read leniently: words that we do not know are kept."""

import re
from collections.abc import Sequence
from typing import Final

from proto_events.template_forms import (
    ListedTemplate,
    TemplateButton,
    TemplateForm,
    TemplateHeader,
)
from ventros_channels.domain.waha.members import LONG, JsonObject, child, children, clean, text

NO_REASON: Final = "NONE"
_GAP: Final = re.compile(r"\{\{\s*([^{}\s]{1,64})\s*\}\}")
_MAX_BUTTONS: Final = 20
_MAX_UNKNOWN: Final = 10
_WORD: Final = 64
_MAX_NAME: Final = 512


def provider_id(value: object) -> str | None:
    """A template's id: digits, which posts write as a number and lists as a text."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 63:
        return str(value)
    return clean(value, _WORD) if isinstance(value, str) and value else None


def reason(owner: JsonObject, *names: str) -> str | None:
    """Why a template was rejected; None where Meta says that it was not."""
    found = text(owner, *names)
    return None if found == NO_REASON else found


def read_template(listed: JsonObject) -> ListedTemplate | None:
    """An entry of a listing; None where it lacks what names it."""
    own = provider_id(listed.get("id"))
    name, language = text(listed, "name", limit=_MAX_NAME), text(listed, "language", limit=_WORD)
    status = text(listed, "status", limit=_WORD)
    if own is None or name is None or language is None or status is None:
        return None
    return ListedTemplate(
        provider_id=own,
        name=name,
        language=language,
        status=status,
        category=text(listed, "category", limit=_WORD),
        quality=text(child(listed, "quality_score"), "score", limit=_WORD),
        rejected_reason=reason(listed, "rejected_reason"),
        form=read_form(
            children(listed, "components"), named=listed.get("parameter_format") == "NAMED"
        ),
    )


def read_form(components: Sequence[JsonObject], *, named: bool) -> TemplateForm:
    """What a template consists of."""
    header, body, footer = None, "", None
    buttons: list[TemplateButton] = []
    unknown: list[str] = []
    for component in components:
        kind = (text(component, "type", limit=_WORD) or "").upper()
        match kind:
            case "HEADER":
                header = _header(component)
            case "BODY":
                body = text(component, "text", limit=LONG) or ""
            case "FOOTER":
                footer = text(component, "text", limit=LONG)
            case "BUTTONS":
                buttons = [_button(one) for one in children(component, "buttons")]
            case _:
                unknown.append(kind)
    return TemplateForm(
        header=header,
        body=body,
        parameters=gaps(body),
        named=named,
        footer=footer,
        buttons=buttons[:_MAX_BUTTONS],
        unknown=unknown[:_MAX_UNKNOWN],
    )


def gaps(words: str) -> list[str]:
    """The names of the gaps, each once: numbers in their order, words as they come."""
    found = list(dict.fromkeys(_GAP.findall(words)))
    if all(name.isascii() and name.isdigit() for name in found):
        found.sort(key=int)
    return found


def _header(component: JsonObject) -> TemplateHeader:
    words = text(component, "text", limit=LONG)
    return TemplateHeader(
        format=(text(component, "format", limit=_WORD) or "TEXT").upper(),
        text=words,
        parameters=gaps(words or ""),
    )


def _button(button: JsonObject) -> TemplateButton:
    kind = (text(button, "type", limit=_WORD) or "").upper()
    url = text(button, "url", limit=LONG)
    return TemplateButton(
        type=kind,
        text=text(button, "text") or "",
        url=url,
        phone=text(button, "phone_number", limit=_WORD),
        parameter=kind == "COPY_CODE" or bool(gaps(url or "")),
    )

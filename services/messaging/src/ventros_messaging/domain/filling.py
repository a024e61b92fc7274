"""A template to be sent: checked against its form, filled, and as it reads."""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from platform_core.errors import Conflict, Invalid
from proto_events import sending
from proto_events.conversation import Media
from proto_events.template_forms import (
    TemplateButton,
    TemplateForm,
    TemplateHeader,
)
from ventros_messaging.domain.content import Interactive, InteractiveContent
from ventros_messaging.domain.template import APPROVED, MARKETING, Template

_GAP: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_FILES: Final = frozenset({"IMAGE", "VIDEO", "DOCUMENT"})
_FILLED_AT_WILL: Final = frozenset({"QUICK_REPLY"})
"""Buttons that may be given what comes back when they are pressed."""


class TemplateUnknown(Invalid):
    """The channel has no template of this name and language."""

    code = "template_unknown"


class TemplateNotApproved(Conflict):
    """The provider does not let it be sent now."""

    code = "template_not_approved"


class TemplateNotListed(Conflict):
    """It is approved, and its parts were not listed yet."""

    code = "template_not_listed"


class TemplateUnsupported(Invalid):
    """It has parts that cannot be filled here."""

    code = "template_unsupported"


class TemplateParametersWrong(Invalid):
    """What is given does not fill the template's gaps, each of them and no other."""

    code = "template_parameters_wrong"


class HeaderGiven(msgspec.Struct, frozen=True, kw_only=True):
    """Words for the header's gap, or the address of its file, or a file of ours."""

    text: str | None = None
    url: str | None = None
    file_id: UUID | None = None
    filename: str | None = None


class ButtonGiven(msgspec.Struct, frozen=True, kw_only=True):
    """What fills the button at `index`, which counts all buttons from 0."""

    index: int
    text: str


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A template that a caller wants to be sent; `body` in the order of its gaps, or by name."""

    name: str
    language: str
    header: HeaderGiven | None = None
    body: Sequence[str] | Mapping[str, str] = ()
    buttons: Sequence[ButtonGiven] = ()


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent, and how it reads for agents and in searches."""

    outbound: sending.Template
    content: InteractiveContent
    marketing: bool = False


def fill(template: Template | None, given: Given) -> Filled:
    """The template with what is given in its gaps.

    Raises:
        TemplateUnknown, TemplateNotApproved, TemplateNotListed, TemplateUnsupported,
        TemplateParametersWrong
    """
    if template is None or template.deleted:
        raise TemplateUnknown("The channel has no template of this name in this language.")
    if template.status != APPROVED:
        raise TemplateNotApproved(f"The template is {template.status[:64]}.")
    form = template.form
    if form is None:
        raise TemplateNotListed("What the template consists of is not known yet.")
    if form.unknown:
        raise TemplateUnsupported(f"The template has parts such as {form.unknown[0][:64]}.")
    body = _body(form, given)
    outbound = sending.Template(
        name=given.name,
        language=given.language,
        parameters=body,
        names=form.parameters if form.named else [],
        header=_header(form.header, given.header, named=form.named),
        buttons=_buttons(form.buttons, given.buttons),
    )
    values = dict(zip(form.parameters, body, strict=True))
    return Filled(
        outbound=outbound,
        content=_reads(form, given.header, values),
        marketing=template.category == MARKETING,
    )


def _body(form: TemplateForm, given: Given) -> list[str]:
    """The values in the order of the gaps."""
    gaps, values = form.parameters, given.body
    if isinstance(values, Mapping):
        if set(values) != set(gaps):
            raise TemplateParametersWrong(_gaps_of(gaps))
        return [values[name] for name in gaps]
    if len(values) != len(gaps):
        raise TemplateParametersWrong(_gaps_of(gaps))
    return list(values)


def _gaps_of(gaps: Sequence[str]) -> str:
    named = f": {', '.join(gaps)[:200]}" if gaps else ""
    return f"The body has {len(gaps)} gaps{named}."


def _header(
    header: TemplateHeader | None, given: HeaderGiven | None, *, named: bool
) -> sending.TemplateHeaderFill | None:
    if header is None or (header.format == "TEXT" and not header.parameters):
        if given is not None:
            raise TemplateParametersWrong("The header has no gap.")
        return None
    given = given or HeaderGiven()
    if header.format == "TEXT":
        if given.text is None or given.url is not None or given.file_id is not None:
            raise TemplateParametersWrong("The header needs a text.")
        name = header.parameters[0] if named else None
        return sending.TemplateHeaderFill(text=given.text, name=name)
    if header.format not in _FILES:
        raise TemplateUnsupported(f"Headers that are a {header.format[:64]} are not sent.")
    if (given.url is None) == (given.file_id is None) or given.text is not None:
        raise TemplateParametersWrong(f"The header needs a file: {header.format}.")
    media = Media(status="available", url=given.url, filename=given.filename)
    return sending.TemplateHeaderFill(format=header.format, media=media)


def _buttons(
    buttons: Sequence[TemplateButton], given: Sequence[ButtonGiven]
) -> list[sending.TemplateButtonFill]:
    values = {one.index: one.text for one in given}
    needed = {index for index, one in enumerate(buttons) if one.parameter}
    may_be = {index for index, one in enumerate(buttons) if one.type in _FILLED_AT_WILL}
    if len(values) != len(given) or not needed <= set(values) <= needed | may_be:
        raise TemplateParametersWrong(f"The buttons to be filled are {sorted(needed)}.")
    return [
        sending.TemplateButtonFill(index=index, type=buttons[index].type, value=value)
        for index, value in sorted(values.items())
    ]


def _reads(
    form: TemplateForm, header: HeaderGiven | None, values: Mapping[str, str]
) -> InteractiveContent:
    title = form.header.text if form.header is not None else None
    if title is not None and header is not None and header.text is not None:
        title = _GAP.sub(header.text.replace("\\", r"\\"), title, count=1)
    text = _GAP.sub(lambda gap: values.get(gap[1], gap[0]), form.body)
    return InteractiveContent(
        interactive=Interactive(
            kind="button_offer", title=title, options=[one.text for one in form.buttons]
        ),
        text="\n\n".join(part for part in (text, form.footer) if part),
    )

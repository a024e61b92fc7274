"""What templates consist of, as values that all services speak."""

import msgspec

from proto_events.conversation import Value

MAX_ON_PAGE = 100
"""Templates in one event."""


class TemplateHeader(Value, frozen=True, kw_only=True):
    """What stands above a template. `format` is the provider's word: `TEXT`, or a kind of file that
    is given with each message. `parameters` are the names of the gaps in `text`."""

    format: str
    text: str | None = None
    parameters: list[str] = msgspec.field(default_factory=list)


class TemplateButton(Value, frozen=True, kw_only=True):
    """A button. `type` is the provider's word, such as `URL` or `QUICK_REPLY`; with `parameter` its
    value has to be given with each message."""

    type: str
    text: str
    url: str | None = None
    phone: str | None = None
    parameter: bool = False


class TemplateForm(Value, frozen=True, kw_only=True):
    """The parts of a template.

    `parameters` are the names of the gaps in `body`, in the order in which they are filled: `1`,
    `2`, … or, with `named`, words. `unknown` are parts that are not described here, in the
    provider's words: a template with one cannot be filled by what is.
    """

    header: TemplateHeader | None = None
    body: str = ""
    parameters: list[str] = msgspec.field(default_factory=list)
    named: bool = False
    footer: str | None = None
    buttons: list[TemplateButton] = msgspec.field(default_factory=list)
    unknown: list[str] = msgspec.field(default_factory=list)


class ListedTemplate(Value, frozen=True, kw_only=True):
    """A template as its provider lists it. The words are the provider's; those that are not known
    to us are facts as well."""

    provider_id: str
    name: str
    language: str
    status: str
    category: str | None = None
    quality: str | None = None
    rejected_reason: str | None = None
    form: TemplateForm

"""Templates of an account: listed page by page, and what a message makes of them."""

import re
from collections.abc import Collection, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, structs

from cloud_simulator.errors import GraphError, JsonObject, TemplateError
from cloud_simulator.payloads import Change
from cloud_simulator.requests import TemplateRef

_GAP = re.compile(r"\{\{[^{}]+\}\}")
_UNSENDABLE = {"PAUSED": 132015, "DISABLED": 132016}


_EDGE = re.compile(r"^\s*\{\{|\}\}\s*$")
_LONGEST_BODY = 1024
_FILES = frozenset({"IMAGE", "VIDEO", "DOCUMENT"})


class Draft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template that somebody wants to have."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,512}$")]
    language: str
    category: Literal["MARKETING", "UTILITY", "AUTHENTICATION"]
    components: Annotated[list[dict[str, Any]], Meta(min_length=1)]
    parameter_format: Literal["POSITIONAL", "NAMED"] = "POSITIONAL"
    allow_category_change: bool = False


class Template(Struct, frozen=True, kw_only=True):
    """A template as the Graph lists it."""

    id: str
    name: str
    language: str = "pt_BR"
    status: str = "APPROVED"
    category: str = "UTILITY"
    components: list[dict[str, Any]]
    parameter_format: str = "POSITIONAL"

    @property
    def gaps(self) -> int:
        """How many gaps the body has."""
        bodies = [one["text"] for one in self.components if one["type"] == "BODY"]
        return len({gap for body in bodies for gap in _GAP.findall(body)})


def with_body(id_: str, name: str, text: str, **more: Any) -> Template:
    """A template that is words alone."""
    return Template(id=id_, name=name, components=[{"type": "BODY", "text": text}], **more)


class Templates:
    """Those of one account."""

    def __init__(self) -> None:
        self.all: list[Template] = []
        self.listed = 0

    def put(self, template: Template) -> None:
        """Have it, in place of one of its id."""
        self.all = [one for one in self.all if one.id != template.id] + [template]

    def remove(self, name: str) -> None:
        """Have it no more."""
        self.all = [one for one in self.all if one.name != name]

    def create(self, id_: str, draft: Draft, examples: Collection[str] = ()) -> Template:
        """Have it looked at. Raises GraphError for what Meta does not even look at, such as a file
        above it whose handle is not of the `examples`."""
        _check(draft)
        _check_header(draft, examples)
        if any((one.name, one.language) == (draft.name, draft.language) for one in self.all):
            raise TemplateError(2388024, "There is already content in this language.")
        made = Template(
            id=id_,
            name=draft.name,
            language=draft.language,
            status="PENDING",
            category=draft.category,
            components=draft.components,
            parameter_format=draft.parameter_format,
        )
        self.put(made)
        return made

    def delete(self, name: str, id_: str | None) -> None:
        """Have none of this name and id any more. Raises GraphError."""
        gone = [one for one in self.all if one.name == name and id_ in {None, one.id}]
        if not gone:
            raise TemplateError(2593002, "Message Template Not Found")
        self.all = [one for one in self.all if one not in gone]

    def page(self, after: str | None, limit: int, name: str | None = None) -> JsonObject:
        """What the Graph lists behind `after`."""
        self.listed += after is None and name is None
        start = int(after or "0")
        of_name = [one for one in self.all if name in {None, one.name}]
        shown = of_name[start : start + limit]
        paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(start + limit)}}
        if start + limit < len(of_name):
            paging["next"] = "https://graph.example/next"
        return {"data": shown, "paging": paging}

    def check(self, ref: TemplateRef) -> None:
        """Raises GraphError for a template that cannot be sent so."""
        found = [
            one for one in self.all if (one.name, one.language) == (ref.name, ref.language.code)
        ]
        if not found:
            raise GraphError(132001, "Template name does not exist in the translation.")
        template = found[0]
        if template.status != "APPROVED":
            raise GraphError(_UNSENDABLE.get(template.status, 132001), "Template is not approved.")
        if _given(ref.components) != template.gaps:
            raise GraphError(132000, "Number of parameters does not match.")

    def become(self, name: str, status: str) -> Change:
        """Another status, and what is posted of it."""
        template = next(one for one in self.all if one.name == name)
        self.put(structs.replace(template, status=status))
        value: JsonObject = {
            "event": status,
            "message_template_id": int(template.id),
            "message_template_name": template.name,
            "message_template_language": template.language,
            "reason": "NONE",
        }
        return Change(field="message_template_status_update", value=value)


def _check(draft: Draft) -> None:
    """Raises GraphError."""
    bodies = [one for one in draft.components if one.get("type") == "BODY"]
    if len(bodies) != 1:
        raise GraphError(100, "A template has one body.")
    (body,) = bodies
    text, gaps = body["text"], _GAP.findall(body["text"])
    if len(text) > _LONGEST_BODY:
        raise TemplateError(2388040, "The body has more characters than are allowed.")
    if _EDGE.search(text):
        raise TemplateError(2388299, "Variables can't be at the start or end of the template.")
    if len(gaps) * 3 > len(text.split()):
        raise TemplateError(2388293, "This template has too many variables for its length.")
    if gaps and not body.get("example"):
        raise TemplateError(2388043, "The gaps of the body need examples.")


def _check_header(draft: Draft, examples: Collection[str]) -> None:
    """Raises TemplateError."""
    for one in draft.components:
        if one.get("type") == "HEADER" and one.get("format") in _FILES:
            handles = (one.get("example") or {}).get("header_handle") or [""]
            if handles[0] not in examples:
                raise TemplateError(2388273, "The header needs an example that was uploaded.")


def _given(components: Sequence[dict[str, Any]]) -> int:
    return sum(len(one.get("parameters", [])) for one in components if one.get("type") == "body")

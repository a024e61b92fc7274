"""Templates of an account: listed page by page, and what a message makes of them."""

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct, structs

from cloud_simulator.errors import GraphError, JsonObject
from cloud_simulator.payloads import Change
from cloud_simulator.requests import TemplateRef

_GAP = re.compile(r"\{\{[^{}]+\}\}")
_UNSENDABLE = {"PAUSED": 132015, "DISABLED": 132016}


class Template(Struct, frozen=True, kw_only=True):
    """A template as the Graph lists it."""

    id: str
    name: str
    language: str = "pt_BR"
    status: str = "APPROVED"
    category: str = "UTILITY"
    components: list[dict[str, Any]]

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

    def page(self, after: str | None, limit: int) -> JsonObject:
        """What the Graph lists behind `after`."""
        self.listed += after is None
        start = int(after or "0")
        shown = self.all[start : start + limit]
        paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(start + limit)}}
        if start + limit < len(self.all):
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


def _given(components: Sequence[dict[str, Any]]) -> int:
    return sum(len(one.get("parameters", [])) for one in components if one.get("type") == "body")

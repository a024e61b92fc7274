"""The templates of a business account: listed page by page, made and removed."""

from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from proto_events.template_forms import MAX_ON_PAGE, ListedTemplate
from ventros_channels.adapters.whatsapp_cloud.asking import ask
from ventros_channels.adapters.whatsapp_cloud.client import Client
from ventros_channels.adapters.whatsapp_cloud.template_drafts import (
    Creation,
    FileAbove,
    creation,
)
from ventros_channels.adapters.whatsapp_cloud.template_examples import upload
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.provider_errors import (
    ProviderRefused,
    ProviderUnreachable,
    TemplateRefused,
    TemplateUnknown,
    UnsupportedByProvider,
)
from ventros_channels.domain.template_draft import Draft, Made
from ventros_channels.domain.template_example import Example
from ventros_channels.domain.templates import Removed, TemplatePage
from ventros_channels.domain.waha.members import child, clean, text
from ventros_channels.domain.whatsapp_cloud.templates import provider_id, read_form, read_template

_FIELDS: Final = (
    "id,name,language,status,category,quality_score,rejected_reason,parameter_format,components"
)
_MAX_CURSOR: Final = 2048
_MAX_WORD: Final = 64


class _Page(msgspec.Struct, frozen=True):
    data: list[Any] = []
    paging: Any = None


class _Made(msgspec.Struct, frozen=True):
    id: Any
    status: str = "PENDING"
    category: str | None = None


class _Named(msgspec.Struct, frozen=True):
    name: str
    language: str


class _Done(msgspec.Struct, frozen=True):
    """Whatever it answers: it was done."""


class CloudTemplates:
    """One for all accounts."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def page(self, at: Connection, after: str | None) -> TemplatePage:
        """What Meta lists behind `after`; an entry that nothing names is left out."""
        query = {"fields": _FIELDS, "limit": str(MAX_ON_PAGE)}
        if after is not None:
            query["after"] = after
        found = await ask(self._client, at, "GET", f"{_path(at)}?{urlencode(query)}", _Page)
        read = (read_template(one) for one in found.data[:MAX_ON_PAGE] if isinstance(one, dict))
        return TemplatePage(
            templates=[one for one in read if one is not None], after=_after(found.paging)
        )

    async def create(self, at: Connection, draft: Draft, example: Example | None = None) -> Made:
        """Hand it to Meta. Refused since it is there already, in just this form, it was made by a
        call whose answer got lost."""
        above = None
        if example is not None:
            handle = await upload(self._client, at, example)
            above = FileAbove(format=example.format, handle=handle)
        body = creation(draft, above)
        try:
            made = await ask(self._client, at, "POST", _path(at), _Made, body)
        except ProviderRefused as error:
            same = await self._same(at, body)
            if same is None:
                raise TemplateRefused(error.detail) from error
            return Made(provider_id=same.provider_id, status=same.status, category=same.category)
        own = provider_id(made.id)
        if own is None:
            raise ProviderUnreachable("Meta named no template.")
        category = None if made.category is None else clean(made.category, _MAX_WORD)
        return Made(provider_id=own, status=clean(made.status, _MAX_WORD), category=category)

    async def remove(self, at: Connection, provider_id: str) -> Removed:
        """Meta wants the name beside the id, and removes this language alone then."""
        path = _path(at)
        try:
            known = await ask(
                self._client, at, "GET", f"{provider_id}?fields=name,language", _Named
            )
        except ProviderRefused as error:
            raise TemplateUnknown("Meta has no such template.") from error
        query = urlencode({"hsm_id": provider_id, "name": known.name})
        try:
            await ask(self._client, at, "DELETE", f"{path}?{query}", _Done)
        except ProviderRefused as error:
            raise TemplateRefused(error.detail) from error
        return Removed(provider_id=provider_id, name=known.name, language=known.language)

    async def _same(self, at: Connection, wanted: Creation) -> ListedTemplate | None:
        query = urlencode({"fields": _FIELDS, "limit": str(MAX_ON_PAGE), "name": wanted.name})
        found = await ask(self._client, at, "GET", f"{_path(at)}?{query}", _Page)
        form = read_form(wanted.components, named=wanted.parameter_format == "NAMED")
        read = (read_template(one) for one in found.data[:MAX_ON_PAGE] if isinstance(one, dict))
        for one in read:
            place = None if one is None else (one.name, one.language)
            if one is not None and place == (wanted.name, wanted.language) and one.form == form:
                return one
        return None


def _path(at: Connection) -> str:
    """Raises `UnsupportedByProvider`."""
    if at.account is None:
        raise UnsupportedByProvider("The channel names no business account.")
    return f"{quote(at.account, safe='')}/message_templates"


def _after(paging: Any) -> str | None:
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    return text(child(paging, "cursors"), "after", limit=_MAX_CURSOR)

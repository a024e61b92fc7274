"""The templates of a business account, page by page."""

from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from proto_events.template_forms import MAX_ON_PAGE
from ventros_channels.adapters.whatsapp_cloud.asking import ask
from ventros_channels.adapters.whatsapp_cloud.client import Client
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.provider_errors import UnsupportedByProvider
from ventros_channels.domain.templates import TemplatePage
from ventros_channels.domain.waha.members import child, text
from ventros_channels.domain.whatsapp_cloud.templates import read_template

_FIELDS: Final = (
    "id,name,language,status,category,quality_score,rejected_reason,parameter_format,components"
)
_MAX_CURSOR: Final = 2048


class _Page(msgspec.Struct, frozen=True):
    data: list[Any] = []
    paging: Any = None


class CloudTemplates:
    """One for all accounts."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def page(self, at: Connection, after: str | None) -> TemplatePage:
        """What Meta lists behind `after`; an entry that nothing names is left out."""
        if at.account is None:
            raise UnsupportedByProvider("The channel names no business account.")
        query = {"fields": _FIELDS, "limit": str(MAX_ON_PAGE)}
        if after is not None:
            query["after"] = after
        path = f"{quote(at.account, safe='')}/message_templates?{urlencode(query)}"
        found = await ask(self._client, at, "GET", path, _Page)
        read = (read_template(one) for one in found.data[:MAX_ON_PAGE] if isinstance(one, dict))
        return TemplatePage(
            templates=[one for one in read if one is not None], after=_after(found.paging)
        )


def _after(paging: Any) -> str | None:
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    return text(child(paging, "cursors"), "after", limit=_MAX_CURSOR)

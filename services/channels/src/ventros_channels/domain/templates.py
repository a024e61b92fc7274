"""Templates at a provider, in words that no provider owns."""

from typing import Protocol

import msgspec

from proto_events.template_forms import ListedTemplate
from ventros_channels.domain.connection import Connection


class TemplatePage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of an account's templates; with `after`, there are more."""

    templates: list[ListedTemplate]
    after: str | None


class TemplateSource(Protocol):
    """A provider that has templates."""

    async def page(self, at: Connection, after: str | None) -> TemplatePage:
        """The templates of the connection's account behind `after`. Raises any `ProviderError`."""
        ...

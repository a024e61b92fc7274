"""Templates at a provider, in words that no provider owns."""

from typing import Protocol

import msgspec

from proto_events.template_forms import ListedTemplate
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.template_draft import Draft, Made
from ventros_channels.domain.template_example import Example


class TemplatePage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of an account's templates; with `after`, there are more."""

    templates: list[ListedTemplate]
    after: str | None


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """A template that the provider has no more."""

    provider_id: str
    name: str
    language: str


class TemplateSource(Protocol):
    """A provider that has templates."""

    async def page(self, at: Connection, after: str | None) -> TemplatePage:
        """The templates of the connection's account behind `after`. Raises any `ProviderError`."""
        ...

    async def create(self, at: Connection, draft: Draft, example: Example | None = None) -> Made:
        """Make a template, with `example` above it; what is there in the same form counts as made.

        Raises:
            TemplateRefused, and any other `ProviderError`
        """
        ...

    async def remove(self, at: Connection, provider_id: str) -> Removed:
        """Remove a template.

        Raises:
            TemplateUnknown, TemplateRefused, and any other `ProviderError`
        """
        ...

"""What handlers can ask for by name: `principal`, `reader`, `writer`, `page`.

They form a chain and not a set: Litestar resolves independent dependencies in a task group, which
costs 120 µs a request; one after the other costs 10 µs each.
"""

from collections.abc import Mapping

from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation
from litestar.types import Scope

from platform_auth import Principal
from platform_http.paging import DEFAULT_LIMIT, CursorParameter, Limit, PageRequest, page_request
from platform_http.transactions import SLOT, Bell, Reader, Writer
from platform_postgres import Database

Caller = NamedDependency[SkipValidation[Principal]]
"""The type of a handler's `principal` parameter."""

Reads = NamedDependency[SkipValidation[Reader]]
"""The type of a handler's `reader` parameter."""

Writes = NamedDependency[SkipValidation[Writer]]
"""The type of a handler's `writer` parameter."""

Paged = NamedDependency[SkipValidation[PageRequest]]
"""The type of a handler's `page` parameter."""


def provide(db: Database | None, bell: Bell | None) -> Mapping[str, Provide]:
    """The dependencies of an application; without a database only `principal` and `page`."""
    dependencies = {"principal": Provide(_principal, sync_to_thread=False)}
    if db is None:
        dependencies["page"] = Provide(_page, sync_to_thread=False)
        return dependencies
    the_reader, the_writer = Reader(db), Writer(db, bell)

    def reader(principal: Caller) -> Reader:  # noqa: ARG001 - a link of the chain
        return the_reader

    def writer(principal: Caller, scope: Scope) -> Writer:  # noqa: ARG001 - a link of the chain
        unfinished = scope["state"].get(SLOT)
        return the_writer if unfinished is None else Writer(db, bell, unfinished)

    def page(
        reader: Reads,  # noqa: ARG001 - a link of the chain
        limit: Limit = DEFAULT_LIMIT,
        cursor: CursorParameter = None,
    ) -> PageRequest:
        return page_request(limit, cursor)

    dependencies["reader"] = Provide(reader, sync_to_thread=False)
    dependencies["writer"] = Provide(writer, sync_to_thread=False)
    dependencies["page"] = Provide(page, sync_to_thread=False)
    return dependencies


def _principal(scope: Scope) -> Principal:
    principal = scope.get("user")
    if not isinstance(principal, Principal):
        raise TypeError("a public route asked for the principal")
    return principal


def _page(limit: Limit = DEFAULT_LIMIT, cursor: CursorParameter = None) -> PageRequest:
    return page_request(limit, cursor)

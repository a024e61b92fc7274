"""What the company does to chats: puts them out of sight, and labels them."""

from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from litestar import delete, get, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, PathParameter, QueryParameter

from platform_http import Caller, Page, Paged, Reads, Writes
from ventros_messaging.http.actions import REFUSALS, MessageActionResponse, on_chat
from ventros_messaging.store import labels
from ventros_messaging.store.labels import Label

LabelId: TypeAlias = Annotated[
    str,
    PathParameter(
        description="The provider's id of the label.",
        min_length=1,
        max_length=64,
        pattern=r"^[\w-]+(?![\s\S])",
    ),
]


class LabelResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A label of a channel's account; `id` is the provider's, unique in the channel only."""

    id: str
    channel_id: UUID
    name: str


@put(
    "/v1/chats/{chat_id:uuid}/archive",
    operation_id="archiveChat",
    summary="Archive a chat",
    status_code=202,
    responses=REFUSALS,
)
async def archive(
    principal: Caller, writer: Writes, chat_id: FromPath[UUID]
) -> MessageActionResponse:
    """Put a chat out of sight: at the provider, or, where that has no archive, here at once, so
    that the answer is already `done`."""
    return await on_chat(principal, writer, chat_id, "archive")


@delete(
    "/v1/chats/{chat_id:uuid}/archive",
    operation_id="unarchiveChat",
    summary="Take a chat out of the archive",
    status_code=202,
    responses=REFUSALS,
)
async def unarchive(
    principal: Caller, writer: Writes, chat_id: FromPath[UUID]
) -> MessageActionResponse:
    """Put a chat in sight again."""
    return await on_chat(principal, writer, chat_id, "unarchive")


@put(
    "/v1/chats/{chat_id:uuid}/labels/{label_id:str}",
    operation_id="labelChat",
    summary="Put a label on a chat",
    status_code=202,
    responses=REFUSALS,
)
async def label(
    principal: Caller, writer: Writes, chat_id: FromPath[UUID], label_id: LabelId
) -> MessageActionResponse:
    """Put a label of the channel's account on a chat. Labels are the provider's: one that it does
    not know fails there, and a provider without labels is `action_unsupported`."""
    return await on_chat(principal, writer, chat_id, "label", label_id=label_id)


@delete(
    "/v1/chats/{chat_id:uuid}/labels/{label_id:str}",
    operation_id="unlabelChat",
    summary="Take a label off a chat",
    status_code=202,
    responses=REFUSALS,
)
async def unlabel(
    principal: Caller, writer: Writes, chat_id: FromPath[UUID], label_id: LabelId
) -> MessageActionResponse:
    """Take a label off a chat."""
    return await on_chat(principal, writer, chat_id, "unlabel", label_id=label_id)


@get("/v1/labels", operation_id="listLabels", summary="List labels")
async def list_labels(
    *,
    principal: Caller,
    reader: Reads,
    page: Paged,
    channel_id: Annotated[UUID, QueryParameter(description="The channel whose labels these are.")],
) -> Page[LabelResponse]:
    """The labels of a channel's account, as far as the provider told of them, by their id."""
    question = f"labels {principal.project_id} {channel_id}"
    beyond = page.after(question, str)
    async with reader(principal) as tx:
        found = await labels.of_channel(
            tx,
            principal.tenant_id,
            principal.project_id,
            channel_id,
            beyond=beyond,
            limit=page.fetch,
        )
    return page.cut(question, found, lambda each: each.id, _response)


CONTROLLERS: Final[tuple[HTTPRouteHandler, ...]] = (
    archive,
    unarchive,
    label,
    unlabel,
    list_labels,
)


def _response(label: Label) -> LabelResponse:
    return LabelResponse(id=label.id, channel_id=label.channel_id, name=label.name)

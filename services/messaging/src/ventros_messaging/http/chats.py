"""`/v1/chats`: conversations at the providers, with one person or many."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from platform_http import Caller, Page, Paged, Reads
from ventros_messaging.domain.additions import Address
from ventros_messaging.domain.chat import ChatType, Participant, State, Status
from ventros_messaging.queries import chats
from ventros_messaging.queries.participants import Known, participants
from ventros_messaging.store.chats import ListedChat


class ParticipantResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is in a group now; `is_me` for the channel's own number. `since` is when that
    was last told."""

    id: UUID
    addresses: list[Address]
    is_admin: bool
    is_me: bool
    since: datetime


class ChatResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A chat.

    `external_id` is its address at the provider. `contact_id` is who wrote in a chat with one
    person, null until somebody did. `status` is `closed` when the number left the group.
    `admins_only` says whether only admins may write in a group, null while nobody told. `labels`
    are ids of the provider. `version` rises with every change.
    """

    id: UUID
    channel_id: UUID
    chat_type: ChatType
    external_id: str
    contact_id: UUID | None
    subject: str | None
    description: str | None
    status: Status
    admins_only: bool | None
    labels: list[str]
    participant_count: int
    created_at: datetime
    updated_at: datetime
    version: int


class ChatDetailResponse(ChatResponse, frozen=True, kw_only=True):
    """A chat with those who are in it, as far as the provider told: a group has at most some
    thousand."""

    participants: list[ParticipantResponse]


class ChatParticipantResponse(ParticipantResponse, frozen=True, kw_only=True):
    """Somebody who is in a group now.

    `role` is `admin` or `member`. `name` is what they last wrote under in this group, and
    `contact_id` the person as a contact, once they wrote to the channel themselves: both null while
    nothing is known.
    """

    role: Literal["admin", "member"]
    name: str | None
    contact_id: UUID | None


@get("/v1/chats", operation_id="listChats", summary="List chats")
async def list_chats(
    *,
    principal: Caller,
    reader: Reads,
    page: Paged,
    channel_id: Annotated[
        UUID | None, QueryParameter(description="Only chats of this channel.")
    ] = None,
    chat_type: Annotated[
        ChatType | None, QueryParameter(description="Only chats of this type.")
    ] = None,
    status: Annotated[
        Status | None, QueryParameter(description="Only chats with this status.")
    ] = None,
) -> Page[ChatResponse]:
    """The chats of the project, the one that was known last first."""
    question = f"chats {principal.project_id} {channel_id} {chat_type} {status}"
    beyond = page.after(question, tuple[datetime, UUID])
    async with reader(principal) as tx:
        found = await chats.newest_chats(
            tx,
            principal.tenant_id,
            principal.project_id,
            channel_id=channel_id,
            chat_type=chat_type,
            status=status,
            beyond=beyond,
            limit=page.fetch,
        )
    return page.cut(question, found, lambda each: (each.created_at, each.chat.id), _response)


@get("/v1/chats/{chat_id:uuid}", operation_id="getChat", summary="Read a chat")
async def read_chat(
    principal: Caller, reader: Reads, chat_id: FromPath[UUID]
) -> ChatDetailResponse:
    """One chat with its participants."""
    async with reader(principal) as tx:
        found = await chats.chat(tx, principal.tenant_id, principal.project_id, chat_id)
    state = found.chat.state
    shown = _response(found)
    members = {name: getattr(shown, name) for name in shown.__struct_fields__}
    return ChatDetailResponse(
        **members, participants=[_participant(state, each) for each in _present(state)]
    )


@get(
    "/v1/chats/{chat_id:uuid}/participants",
    operation_id="listChatParticipants",
    summary="List who is in a chat",
)
async def list_participants(
    *, principal: Caller, reader: Reads, page: Paged, chat_id: FromPath[UUID]
) -> Page[ChatParticipantResponse]:
    """Those who are in a group now, as far as the provider told, by their id. A chat with one
    person has no participants: see its `contact_id`."""
    question = f"participants {principal.project_id} {chat_id}"
    beyond = page.after(question, UUID)
    async with reader(principal) as tx:
        chat = (await chats.chat(tx, principal.tenant_id, principal.project_id, chat_id)).chat
        found = await participants(tx, principal.tenant_id, chat, beyond=beyond, limit=page.fetch)
    return page.cut(
        question, found, lambda each: each.participant.id, lambda each: _known(chat.state, each)
    )


CONTROLLERS: Final[tuple[HTTPRouteHandler, ...]] = (list_chats, read_chat, list_participants)


def _response(listed: ListedChat) -> ChatResponse:
    chat, state = listed.chat, listed.chat.state
    return ChatResponse(
        id=chat.id,
        channel_id=chat.channel_id,
        chat_type=chat.type,
        external_id=chat.address,
        contact_id=chat.contact_id,
        subject=state.subject.value or None if state.subject else None,
        description=state.description.value or None if state.description else None,
        status=state.status,
        admins_only=None if state.admins_only is None else state.admins_only.on,
        labels=sorted(label_id for label_id, label in state.labels.items() if label.on),
        participant_count=len(_present(state)),
        created_at=listed.created_at,
        updated_at=listed.updated_at,
        version=chat.version,
    )


def _present(state: State) -> list[Participant]:
    return [each for each in state.participants if state.has(each)]


def _participant(state: State, participant: Participant) -> ParticipantResponse:
    return ParticipantResponse(
        id=participant.id,
        addresses=list(participant.addresses),
        is_admin=state.has_admin(participant),
        is_me=participant.me,
        since=participant.here.when.at,
    )


def _known(state: State, known: Known) -> ChatParticipantResponse:
    shown = _participant(state, known.participant)
    return ChatParticipantResponse(
        id=shown.id,
        addresses=shown.addresses,
        is_admin=shown.is_admin,
        is_me=shown.is_me,
        since=shown.since,
        role="admin" if shown.is_admin else "member",
        name=known.name,
        contact_id=known.contact_id,
    )

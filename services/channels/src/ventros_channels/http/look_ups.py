"""/v1/channels/{channel_id}/look-ups: what the provider knows of somebody."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath, PathParameter, QueryParameter

from platform_core.types import END
from platform_http import Caller
from ventros_channels.http.connection_schemas import (
    PROVIDER,
    LidView,
    PhoneView,
    ProfilePictureView,
)
from ventros_channels.http.connections import Calls, reached

PhoneQuery = Annotated[
    str,
    QueryParameter(description="E.164, with its plus.", pattern=r"^\+[1-9][0-9]{6,14}" + END),
]
Chat = Annotated[
    str,
    QueryParameter(
        description="A person's chat, as messages have it.",
        pattern=r"^[0-9]{5,20}@(s\.whatsapp\.net|c\.us|lid)" + END,
    ),
]
LidPath = Annotated[
    str,
    PathParameter(
        description="A hidden number, with or without `@lid`.",
        pattern=r"^[0-9]{5,20}(@lid)?" + END,
    ),
]


class LookUpRoutes(Controller):
    """Questions to the provider, through the company's own number: ask about people who are about
    to be written to, one at a time. They need a connection that is `WORKING`."""

    path = "/v1/channels/{channel_id:uuid}/look-ups"
    tags = ("channels",)

    @get("/phone", operation_id="look_up_phone", described=PROVIDER)
    async def phone(
        self, channel_id: FromPath[UUID], phone: PhoneQuery, principal: Caller, acts: Calls
    ) -> PhoneView:
        """Whether a phone has an account, and the chat under which: never a guess.

        A Brazilian mobile number may have its account without the ninth digit.
        """
        found = await reached(acts, principal, channel_id)
        known = await found.look_ups.phone(found.at, phone)
        return PhoneView(phone=phone, exists=known.exists, chat=known.chat)

    @get("/lids/{lid:str}", operation_id="look_up_lid", described=PROVIDER)
    async def lid(
        self, channel_id: FromPath[UUID], lid: LidPath, principal: Caller, acts: Calls
    ) -> LidView:
        """The phone behind a hidden number, if the provider has learnt it."""
        found = await reached(acts, principal, channel_id)
        asked = lid.removesuffix("@lid") + "@lid"
        known = await found.look_ups.lid(found.at, asked)
        return LidView(lid=known.lid, phone=known.phone)

    @get("/profile-picture", operation_id="look_up_profile_picture", described=PROVIDER)
    async def profile_picture(
        self, channel_id: FromPath[UUID], chat: Chat, principal: Caller, acts: Calls
    ) -> ProfilePictureView:
        """The picture that a person shows; the address is the provider's and expires."""
        found = await reached(acts, principal, channel_id)
        url = await found.look_ups.profile_picture(found.at, chat)
        return ProfilePictureView(chat=chat, url=url)


__all__ = ["LookUpRoutes"]

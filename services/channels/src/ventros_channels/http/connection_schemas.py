"""Requests and answers of a channel's connection and of look-ups."""

from typing import Any, Final

import msgspec

from platform_core.types import Phone
from ventros_channels.domain.lifecycle import ConnectionState

PROVIDER: Final[dict[str, Any]] = {
    "responses": {
        "409": {
            "description": "The provider does not do it: it refuses the channel's key or address,"
            " has no such session, is in another state, or cannot do it at all; see `code`.",
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
    }
}
"""What every route that calls a provider answers beside the usual."""


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """The account that the number is paired with, by its addresses in chats."""

    address: str
    lid: str | None
    name: str | None


class ConnectionView(msgspec.Struct, frozen=True, kw_only=True):
    """The connection as the provider has it at this moment.

    `status` is the provider's word, such as `WORKING`, `SCAN_QR_CODE` or `FAILED`; others may come.
    `account` is null until a phone is paired.
    """

    status: str
    account: AccountView | None


class QrView(msgspec.Struct, frozen=True, kw_only=True):
    """What the code to scan says; draw it as a QR code."""

    value: str


class PairingCodeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The phone that is to be paired."""

    phone: Phone


class CodeView(msgspec.Struct, frozen=True, kw_only=True):
    """A code: to type on the phone, or to compare with the one on it."""

    code: str


class PhoneView(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the phone can be written to; `chat` is the provider's own address of it."""

    phone: str
    exists: bool
    chat: str | None


class LidView(msgspec.Struct, frozen=True, kw_only=True):
    """A hidden number and its phone; null while the provider has not learnt it."""

    lid: str
    phone: str | None


class ProfilePictureView(msgspec.Struct, frozen=True, kw_only=True):
    """Where the picture is; the address is the provider's and expires. Null: none to be seen."""

    chat: str
    url: str | None


def connection_view(state: ConnectionState) -> ConnectionView:
    """The state as a client sees it."""
    account = state.account
    return ConnectionView(
        status=state.status,
        account=None
        if account is None
        else AccountView(address=account.address, lid=account.lid, name=account.name),
    )

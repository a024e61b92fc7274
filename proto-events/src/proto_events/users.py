"""Facts of identity: the customers of the installation, and the people who sign in.

These are facts of a customer and of no project; the envelope's project is the one in which the
change was made.
"""

from typing import Literal
from uuid import UUID

import msgspec

from proto_events.registry import event
from proto_events.times import Moment

UserRole = Literal["admin", "manager", "user", "readonly"]


class _Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as it now is. A customer is a tenant: `customer_id` is the tenant's id."""

    customer_id: UUID
    name: str


@event("customer.created", aggregate="customer", producer="identity", data_class="none")
class CustomerCreated(_Customer, frozen=True, kw_only=True):
    """A customer signed up, or was made by an operator."""

    created_at: Moment


@event("customer.updated", aggregate="customer", producer="identity", data_class="none")
class CustomerUpdated(_Customer, frozen=True, kw_only=True):
    """A customer was changed; all of it as it now is."""

    updated_at: Moment


class _User(msgspec.Struct, frozen=True, kw_only=True):
    """A user as it now is."""

    user_id: UUID
    email: str
    name: str
    role: UserRole
    active: bool


@event(
    "user.created",
    aggregate="user",
    producer="identity",
    data_class="personal",
    person="user_id",
)
class UserCreated(_User, frozen=True, kw_only=True):
    """A user was made; `created_by` is a user's id, None for who signed up or was invited."""

    created_by: UUID | None = None
    created_at: Moment


@event(
    "user.updated",
    aggregate="user",
    producer="identity",
    data_class="personal",
    person="user_id",
)
class UserUpdated(_User, frozen=True, kw_only=True):
    """A user's name or role was changed; all of it as it now is."""

    updated_by: UUID | None = None
    updated_at: Moment


@event(
    "user.disabled",
    aggregate="user",
    producer="identity",
    data_class="personal",
    person="user_id",
)
class UserDisabled(msgspec.Struct, frozen=True, kw_only=True):
    """A user may no longer sign in, and what was signed in has ended."""

    user_id: UUID
    disabled_by: UUID | None = None
    disabled_at: Moment


@event(
    "user.enabled",
    aggregate="user",
    producer="identity",
    data_class="personal",
    person="user_id",
)
class UserEnabled(msgspec.Struct, frozen=True, kw_only=True):
    """A user may sign in again."""

    user_id: UUID
    enabled_by: UUID | None = None
    enabled_at: Moment


@event(
    "user.second_factor_enabled",
    aggregate="user",
    producer="identity",
    data_class="personal",
    person="user_id",
)
class UserSecondFactorEnabled(msgspec.Struct, frozen=True, kw_only=True):
    """A user signs in with a second factor from now on."""

    user_id: UUID
    enabled_at: Moment


@event(
    "user.second_factor_disabled",
    aggregate="user",
    producer="identity",
    data_class="personal",
    person="user_id",
)
class UserSecondFactorDisabled(msgspec.Struct, frozen=True, kw_only=True):
    """A user signs in by the password alone again; `disabled_by` is the user, or an admin."""

    user_id: UUID
    disabled_by: UUID
    disabled_at: Moment

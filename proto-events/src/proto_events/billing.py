"""Facts of billing accounts: who pays, and whether the account may be used."""

from uuid import UUID

import msgspec

from proto_events.conversation import Value
from proto_events.registry import event
from proto_events.times import Moment


class PaymentMethod(Value, frozen=True, kw_only=True):
    """A way to pay, as the payment provider keeps it.

    `type` is the provider's word, e.g. `card`, `boleto`, `pix`. Only cards and accounts have
    `last_digits`, only what runs out has `expires_at`.
    """

    type: str
    last_digits: str | None = None
    expires_at: Moment | None = None
    is_default: bool


@event(
    "billing.account.created",
    aggregate="billing.account",
    producer="billing",
    data_class="personal",
    person="user_id",
)
class BillingAccountCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A user opened a billing account. It is pending until a way to pay is set."""

    account_id: UUID
    user_id: UUID
    name: str
    billing_email: str


@event(
    "billing.payment.activated",
    aggregate="billing.payment",
    producer="billing",
    data_class="personal",
    person="user_id",
)
class BillingPaymentActivated(msgspec.Struct, frozen=True, kw_only=True):
    """A billing account was given a way to pay and is active. `user_id` holds the account."""

    account_id: UUID
    user_id: UUID
    payment_method: PaymentMethod


@event(
    "billing.account.suspended",
    aggregate="billing.account",
    producer="billing",
    data_class="none",
)
class BillingAccountSuspended(msgspec.Struct, frozen=True, kw_only=True):
    """A billing account was suspended: no project can be made under it. `reason` is in words."""

    account_id: UUID
    reason: str


@event(
    "billing.account.reactivated",
    aggregate="billing.account",
    producer="billing",
    data_class="none",
)
class BillingAccountReactivated(msgspec.Struct, frozen=True, kw_only=True):
    """A suspended billing account is active again."""

    account_id: UUID


@event(
    "billing.account.canceled",
    aggregate="billing.account",
    producer="billing",
    data_class="none",
)
class BillingAccountCanceled(msgspec.Struct, frozen=True, kw_only=True):
    """A billing account was closed for good."""

    account_id: UUID


@event(
    "billing.stripe.customer_linked",
    aggregate="billing.stripe",
    producer="billing",
    data_class="none",
)
class BillingStripeCustomerLinked(msgspec.Struct, frozen=True, kw_only=True):
    """A billing account is now known to Stripe, under this customer id."""

    account_id: UUID
    stripe_customer_id: str

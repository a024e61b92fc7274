"""Facts of invoices. Money is an integer of the currency's smallest unit: cents of BRL or USD."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from proto_events.registry import event

Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217, e.g. BRL")]
"""A code of ISO 4217 in capitals."""

InvoiceStatus = Literal["draft", "open", "paid", "uncollectible", "void"]


@event(
    "billing.invoice.created",
    aggregate="billing.invoice",
    producer="billing",
    data_class="none",
)
class InvoiceCreated(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice was made out to a billing account. `amount_due` is in cents of `currency`."""

    invoice_id: UUID
    billing_account_id: UUID
    stripe_invoice_id: str
    amount_due: int
    currency: Currency
    status: InvoiceStatus


@event(
    "billing.invoice.paid",
    aggregate="billing.invoice",
    producer="billing",
    data_class="none",
)
class InvoicePaid(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice is paid in full. `amount_paid` is in cents of `currency`."""

    invoice_id: UUID
    amount_paid: int
    currency: Currency


@event(
    "billing.invoice.payment_failed",
    aggregate="billing.invoice",
    producer="billing",
    data_class="none",
)
class InvoicePaymentFailed(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt to collect an invoice failed, told once per attempt; the invoice stays open."""

    invoice_id: UUID


@event(
    "billing.invoice.uncollectible",
    aggregate="billing.invoice",
    producer="billing",
    data_class="none",
)
class InvoiceUncollectible(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice was given up as a bad debt; it may still be paid later."""

    invoice_id: UUID


@event(
    "billing.invoice.voided",
    aggregate="billing.invoice",
    producer="billing",
    data_class="none",
)
class InvoiceVoided(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice was declared a mistake: nothing is owed, and that is final."""

    invoice_id: UUID

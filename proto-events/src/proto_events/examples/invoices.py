"""Examples: a month of 297 reais, paid; a later one that never is; one made by mistake."""

from typing import Final

from proto_events.examples.world import (
    BILLING_ACCOUNT,
    INVOICE,
    MISTAKEN_INVOICE,
    STRIPE_INVOICE,
    UNPAID_INVOICE,
)
from proto_events.invoices import (
    InvoiceCreated,
    InvoicePaid,
    InvoicePaymentFailed,
    InvoiceUncollectible,
    InvoiceVoided,
)

EXAMPLES: Final = (
    InvoiceCreated(
        invoice_id=INVOICE,
        billing_account_id=BILLING_ACCOUNT,
        stripe_invoice_id=STRIPE_INVOICE,
        amount_due=29_700,
        currency="BRL",
        status="open",
    ),
    InvoicePaid(invoice_id=INVOICE, amount_paid=29_700, currency="BRL"),
    InvoicePaymentFailed(invoice_id=UNPAID_INVOICE),
    InvoiceUncollectible(invoice_id=UNPAID_INVOICE),
    InvoiceVoided(invoice_id=MISTAKEN_INVOICE),
)

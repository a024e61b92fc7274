"""Examples: the shop's billing account, suspended once over an invoice, closed in the end."""

from datetime import UTC, datetime
from typing import Final

from proto_events.billing import (
    BillingAccountCanceled,
    BillingAccountCreated,
    BillingAccountReactivated,
    BillingAccountSuspended,
    BillingPaymentActivated,
    BillingStripeCustomerLinked,
    PaymentMethod,
)
from proto_events.examples.world import (
    ADMIN_USER,
    BILLING_ACCOUNT,
    BILLING_EMAIL,
    BILLING_NAME,
    STRIPE_CUSTOMER,
)

EXAMPLES: Final = (
    BillingAccountCreated(
        account_id=BILLING_ACCOUNT,
        user_id=ADMIN_USER,
        name=BILLING_NAME,
        billing_email=BILLING_EMAIL,
    ),
    BillingStripeCustomerLinked(account_id=BILLING_ACCOUNT, stripe_customer_id=STRIPE_CUSTOMER),
    BillingPaymentActivated(
        account_id=BILLING_ACCOUNT,
        user_id=ADMIN_USER,
        payment_method=PaymentMethod(
            type="card",
            last_digits="4242",
            expires_at=datetime(2029, 9, 1, tzinfo=UTC),
            is_default=True,
        ),
    ),
    BillingAccountSuspended(
        account_id=BILLING_ACCOUNT, reason="An invoice is more than 14 days overdue."
    ),
    BillingAccountReactivated(account_id=BILLING_ACCOUNT),
    BillingAccountCanceled(account_id=BILLING_ACCOUNT),
)

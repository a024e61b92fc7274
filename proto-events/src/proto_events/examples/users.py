"""Examples of `proto_events.users`: Móveis Aurora signs up, and Marina comes and goes."""

from typing import Final

from proto_events.examples.world import ADMIN_USER, AGENT, TENANT, at
from proto_events.users import (
    CustomerCreated,
    CustomerUpdated,
    UserCreated,
    UserDisabled,
    UserEnabled,
    UserSecondFactorDisabled,
    UserSecondFactorEnabled,
    UserUpdated,
)

EXAMPLES: Final = (
    CustomerCreated(customer_id=TENANT, name="Móveis Aurora", created_at=at(9)),
    CustomerUpdated(customer_id=TENANT, name="Móveis Aurora Ltda", updated_at=at(9, 30)),
    UserCreated(
        user_id=AGENT,
        email="marina@aurora.example",
        name="Marina",
        role="user",
        active=True,
        created_by=ADMIN_USER,
        created_at=at(10, 50),
    ),
    UserUpdated(
        user_id=AGENT,
        email="marina@aurora.example",
        name="Marina Reis",
        role="manager",
        active=True,
        updated_by=ADMIN_USER,
        updated_at=at(18, 0, days=30),
    ),
    UserDisabled(user_id=AGENT, disabled_by=ADMIN_USER, disabled_at=at(18, 0, days=200)),
    UserEnabled(user_id=AGENT, enabled_by=ADMIN_USER, enabled_at=at(9, 0, days=230)),
    UserSecondFactorEnabled(user_id=AGENT, enabled_at=at(9, 5, days=230)),
    UserSecondFactorDisabled(
        user_id=AGENT, disabled_by=ADMIN_USER, disabled_at=at(14, 0, days=240)
    ),
)

"""What the gateway hears of access: it reads what its contracts say, and denies what they tell."""

from collections.abc import Callable

from platform_testkit import TestTenant
from platform_testkit.contracts import Contracts
from platform_testkit.hearing import check_listener
from proto_events.identity import AccessRevoked, ProjectDeleted, ProjectUpdated
from proto_events.users import UserDisabled
from ventros_gateway.revocations import TYPES, Revocations
from ventros_gateway.upstream import Upstream


def test_contracts_have_what_is_read_and_nothing_else(
    contracts_of: Callable[[str], Contracts], tenant: TestTenant
) -> None:
    revocations = Revocations(Upstream(), "http://identity", "amqp://broker")
    types = {
        "access.revoked.v1": AccessRevoked,
        "user.disabled.v1": UserDisabled,
        "project.updated.v1": ProjectUpdated,
        "project.deleted.v1": ProjectDeleted,
    }
    assert set(types) == set(TYPES)
    check_listener(contracts_of("gateway"), types, revocations._hear, tenant)
    assert len(revocations.denied) > 0

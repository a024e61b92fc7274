"""Every consumer of every process is tried with any event that its types allow, coming twice."""

import tempfile
from pathlib import Path

from checks.applications import environment
from checks.contracts import twice
from checks.contracts.heard import consumers
from checks.workspace import services
from proto_events.registry import RAW_EXCHANGES

PLANTED = """
import pytest
from hypothesis import given, strategies as st

@given(data=st.data())
@pytest.mark.parametrize("name", ["billing.invoices"])
def test_generated(name, data): ...

@pytest.mark.parametrize("name", ["billing.refunds"])
def test_of_one_example(name): ...
"""


async def test_every_consumer_is_tried() -> None:
    """Raw events of providers have tests of their own: a webhook is stored once, by its id."""
    with tempfile.TemporaryDirectory() as folder:
        environ = environment(Path(folder))
        wired = {
            service.folder.name: frozenset(
                consumer.name
                for consumer in await consumers(service.folder.name, environ)
                if consumer.exchange not in RAW_EXCHANGES
            )
            for service in services()
        }
    assert "messaging.reading" in wired["messaging"]
    assert twice.problems(wired) == []


def test_a_consumer_that_nobody_tries_is_found(tmp_path: Path) -> None:
    path = tmp_path / "services" / "billing" / twice.TESTS
    path.parent.mkdir(parents=True)
    path.write_text(PLANTED)
    wired = {
        "billing": frozenset({"billing.invoices", "billing.refunds"}),
        "silent": frozenset({"silent.one"}),
    }
    assert twice.problems(wired, tmp_path) == [
        f"billing.refunds is not tried with events that come twice: billing/{twice.TESTS}",
        f"silent.one is not tried with events that come twice: silent/{twice.TESTS}",
    ]

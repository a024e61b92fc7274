"""Workflows that began under earlier code go on under today's."""

from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import workflow

from platform_workflows import replay
from ventros_sessions.workflows.contract import Timer
from ventros_sessions.workflows.workflows import SessionLifecycle

HISTORIES = sorted(Path(__file__).with_name("histories").glob("*.json"))
CONTRACT = "ventros_sessions.workflows.contract"


def test_there_are_histories() -> None:
    assert len(HISTORIES) >= 5


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_kept_history_replays(path: Path) -> None:
    await replay(path, [SessionLifecycle], [CONTRACT])


@workflow.defn(name="SessionLifecycle")
class Impatient:
    """A change that running workflows would not bear: it sleeps once more."""

    @workflow.run
    async def run(self, timer: Timer) -> None:
        await workflow.sleep(timedelta(seconds=1))
        await workflow.sleep(timedelta(seconds=1))

    @workflow.signal
    def closed(self) -> None:
        """As before."""

    @workflow.signal
    def reopened(self) -> None:
        """As before."""

    @workflow.signal
    def timeout_changed(self) -> None:
        """As before."""


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_change_that_does_not_bear_them_is_found(path: Path) -> None:
    with pytest.raises(workflow.NondeterminismError):
        await replay(path, [Impatient], [CONTRACT, __name__])

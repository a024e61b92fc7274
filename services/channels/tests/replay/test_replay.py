"""Imports that began under earlier code go on under today's."""

from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import workflow

from platform_workflows import replay
from ventros_channels.workflows.contract import Order
from ventros_channels.workflows.workflows import ImportHistory

HISTORIES = sorted(Path(__file__).with_name("histories").glob("*.json"))
CONTRACT = "ventros_channels.workflows.contract"


def test_there_are_histories() -> None:
    assert len(HISTORIES) >= 5


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_kept_history_replays(path: Path) -> None:
    await replay(path, [ImportHistory], [CONTRACT])


@workflow.defn(name="ImportHistory")
class Hesitant:
    """A change that running imports would not bear: it sleeps first."""

    @workflow.run
    async def run(self, order: Order) -> None:
        await workflow.sleep(timedelta(seconds=1))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_change_that_does_not_bear_them_is_found(path: Path) -> None:
    with pytest.raises(workflow.NondeterminismError):
        await replay(path, [Hesitant], [CONTRACT, __name__])

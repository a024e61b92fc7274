"""A part that does not come up says why, with the last lines of its log."""

import os
import sys
from pathlib import Path

import pytest

from platform_devstack import part, process
from platform_devstack.errors import NotReadyError, StackError
from platform_devstack.layout import Layout
from platform_devstack.part import Part, Probe


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(
        root=tmp_path, state=tmp_path, data=tmp_path / "data", programs=None, account=None
    )
    made.make()
    return made


async def never() -> None:
    raise NotReadyError("port 1: connection refused")


async def at_once() -> None:
    return


def python(program: str, probe: Probe, *, within: float = 10) -> Part:
    return Part(
        name="thing",
        argv=(sys.executable, "-c", program),
        env={"PATH": os.environ["PATH"]},
        cwd=Path("/"),
        probe=probe,
        ready_within=within,
        stop_within=5,
    )


async def test_a_part_that_answers_is_ready_and_stops(layout: Layout) -> None:
    wanted = python("import time; time.sleep(60)", at_once)

    started = part.start(wanted, layout)
    await part.wait_ready(wanted, started, layout)

    assert process.alive(started.process)
    assert part.stop(started)
    assert not process.alive(started.process)


async def test_a_part_that_ends_shows_the_end_of_its_own_log(layout: Layout) -> None:
    wanted = python("print('of the run before')", never)
    before = part.start(wanted, layout)
    with pytest.raises(StackError):
        await part.wait_ready(wanted, before, layout)
    wanted = python("import sys; sys.exit('VENTROS_AMQP_URL is not set')", never)
    started = part.start(wanted, layout)

    with pytest.raises(StackError) as caught:
        await part.wait_ready(wanted, started, layout)

    assert caught.value.part == "thing"
    assert caught.value.why == "it ended while starting"
    assert caught.value.tail == ("VENTROS_AMQP_URL is not set",)
    assert caught.value.log == layout.log("thing")


async def test_a_part_that_never_answers_says_what_was_seen(layout: Layout) -> None:
    wanted = python("import time; time.sleep(60)", never, within=0.2)
    started = part.start(wanted, layout)

    with pytest.raises(StackError, match="not ready after 0 s: port 1: connection refused"):
        await part.wait_ready(wanted, started, layout)

    part.stop(started)


def test_a_program_that_is_not_there_is_an_error_of_its_part(layout: Layout) -> None:
    wanted = Part(name="thing", argv=("/no/such/program",), env={}, cwd=Path("/"), probe=never)

    with pytest.raises(StackError, match="cannot run /no/such/program"):
        part.start(wanted, layout)


def test_a_child_carries_the_mark_of_its_stack(layout: Layout) -> None:
    started = part.start(python("import time; time.sleep(60)", at_once), layout)

    assert process.marked(part.MARK, str(layout.state)) == [started.process]

    part.stop(started)

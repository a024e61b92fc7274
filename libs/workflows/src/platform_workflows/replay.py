"""Replay of kept histories: does today's code still decide what was decided then?

A history is kept as `<name>.json`, the JSON of Temporal's own tools, whenever a workflow's code
gets a new path; a change that would break the workflows that run in production fails here.
"""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.worker import Replayer

from platform_workflows.converter import data_converter
from platform_workflows.sandbox import sandbox

_IDENTITY = re.compile(rb'"identity":"([^"]+)"')


async def replay(path: Path, workflows: Sequence[type], passthrough: Sequence[str] = ()) -> None:
    """Replay one kept history.

    Raises:
        temporalio.workflow.NondeterminismError: the code decides otherwise than it did.
    """
    text = await asyncio.to_thread(path.read_text)
    history = WorkflowHistory.from_json(path.stem, text)
    replayer = Replayer(
        workflows=workflows,
        workflow_runner=sandbox(passthrough),
        data_converter=data_converter,
    )
    await replayer.replay_workflow(history)


async def keep(handle: "WorkflowHandle[object, object]", path: Path) -> None:
    """Write the history of a workflow, compact, without names of machines and their folders."""
    history = await handle.fetch_history()
    text = msgspec.json.encode(_without_traces(msgspec.json.decode(history.to_json())))
    for identity in sorted(set(_IDENTITY.findall(text)), key=len, reverse=True):
        text = text.replace(identity, b"worker")
    await asyncio.to_thread(path.write_bytes, text + b"\n")


def _without_traces(value: Any) -> Any:
    """A replay does not read the stack of a failure."""
    if isinstance(value, dict):
        return {name: _without_traces(item) for name, item in value.items() if name != "stackTrace"}
    if isinstance(value, list):
        return [_without_traces(item) for item in value]
    return value

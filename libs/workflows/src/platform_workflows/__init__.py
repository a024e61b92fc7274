"""Temporal: client, converter, worker and replay, the same for every service."""

from platform_workflows.connection import TemporalAway, TemporalConnection, is_away
from platform_workflows.converter import data_converter
from platform_workflows.net import Net
from platform_workflows.replay import keep, replay
from platform_workflows.sandbox import sandbox
from platform_workflows.settings import TemporalSettings
from platform_workflows.worker import WorkflowWorker

__all__ = [
    "Net",
    "TemporalAway",
    "TemporalConnection",
    "TemporalSettings",
    "WorkflowWorker",
    "data_converter",
    "is_away",
    "keep",
    "replay",
    "sandbox",
]

"""Which events each service hears: what its processes consume, as its own `app.py` wires them."""

import importlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

from checks.applications import environment
from checks.contracts.imports import known
from checks.workspace import ROOT, services
from platform_bus import Consumer, ConsumersPart
from platform_core import settings as core_settings
from platform_http.serve import Roles
from proto_events.registry import RAW_EXCHANGES

Heard = Mapping[str, frozenset[str]]
"""The types that each service hears."""


async def heard(root: Path = ROOT) -> Heard:
    """What every service hears: by its consumers, and by what its code imports of others.

    The raw events of providers are left out: their body is the provider's, who signs no contract of
    ours; they go from channels to channels, and its tests keep the bodies that were seen.
    """
    found: dict[str, frozenset[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        environ = environment(Path(folder))
        for service in services():
            name = service.folder.name
            consumed = frozenset(
                type_name
                for consumer in await consumers(name, environ)
                if consumer.exchange not in RAW_EXCHANGES
                for type_name in consumer.types
            )
            found[name] = consumed | known(name, root / "services" / name / "src").others
    return {name: types for name, types in found.items() if types}


async def consumers(service: str, environ: Mapping[str, str]) -> list[Consumer]:
    """The consumers of a service's workers. Nothing is connected to."""
    wiring = importlib.import_module(f"ventros_{service}.app")
    kind = importlib.import_module(f"ventros_{service}.settings").Settings
    settings = core_settings.load(kind, environ)
    process = await wiring.build(settings, Roles(api=False, worker=True, workflows=True))
    try:
        return [
            consumer
            for part in process.parts
            if isinstance(part, ConsumersPart)
            for consumer in part.consumers
        ]
    finally:
        await process.close()

"""The bus: outbox and relay on the way out; inbox, bundles, lanes, deferral on the way in."""

from pathlib import Path

from platform_bus.bell import Bell
from platform_bus.consumer import Consumer, Handler, Received, RetryBundle, Undecodable
from platform_bus.outbox import Outgoing, emit
from platform_bus.runtime import ConsumersPart, RelayPart
from platform_bus.settings import BusSettings

MIGRATIONS = Path(__file__).with_name("migrations")
"""The tables of the bus, applied to each service's schema before its own."""

__all__ = [
    "MIGRATIONS",
    "Bell",
    "BusSettings",
    "Consumer",
    "ConsumersPart",
    "Handler",
    "Outgoing",
    "Received",
    "RelayPart",
    "RetryBundle",
    "Undecodable",
    "emit",
]

"""Raw provider events as WAHA posted them, on their own exchange."""

from typing import TypeAlias

from proto_events.raw import ProviderEvent

WahaEvent: TypeAlias = ProviderEvent

TYPE_PREFIX = "waha.events."
"""Types under this prefix all carry `WahaEvent`; they have no version of ours: WAHA's names."""

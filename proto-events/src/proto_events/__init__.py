"""What the services say to each other and to other teams.

Events are frozen msgspec Structs, one module per context; `registry` finds the Struct of a type
string; `envelope` is the CloudEvents 1.0 frame that carries them.
"""

from proto_events.envelope import Envelope
from proto_events.registry import EventInfo, event, info_of, struct_of, types

__all__ = ["Envelope", "EventInfo", "event", "info_of", "struct_of", "types"]

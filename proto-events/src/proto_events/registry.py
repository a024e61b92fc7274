"""The registry: which Struct says which type, who produces it, where it is published."""

from collections.abc import Callable
from typing import Literal, TypeVar

import msgspec

DataClass = Literal["none", "personal", "sensitive"]
"""What an event tells about people: nothing, personal data, or what they said."""

DOMAIN_EXCHANGE = "ventros.events"
PIPELINE_EXCHANGE = "ventros.pipeline"
RAW_EXCHANGE = "waha.events"
CLOUD_EXCHANGE = "whatsapp_cloud.events"

RAW_EXCHANGES = (RAW_EXCHANGE, CLOUD_EXCHANGE)
"""What providers posted: an exchange for each, named as all of its types begin."""

ONE_QUEUE = ""
"""The broker's default exchange, whose routing key is the name of a queue. Snapshots go by it: on
command, to the one queue that is named, and there is nothing to bind."""

T = TypeVar("T", bound=type[msgspec.Struct])


class EventInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an event beside its fields.

    `type` is `<name>.v<version>`, the routing key on the domain exchange. `person` names the field
    of the data that holds the id of the person whom the event is about, so that what is known of
    one person can be found and scrubbed.
    """

    name: str
    version: int
    aggregate: str
    producer: str
    data_class: DataClass
    person: str | None
    exchange: str

    @property
    def type(self) -> str:
        return f"{self.name}.v{self.version}"


_by_type: dict[str, type[msgspec.Struct]] = {}
_info: dict[type[msgspec.Struct], EventInfo] = {}


def event(
    name: str,
    *,
    aggregate: str,
    producer: str,
    data_class: DataClass,
    person: str | None = None,
    version: int = 1,
    exchange: str = DOMAIN_EXCHANGE,
) -> Callable[[T], T]:
    """Register a Struct as the event `name`, e.g. `contact.created`."""

    def register(struct: T) -> T:
        info = EventInfo(
            name=name,
            version=version,
            aggregate=aggregate,
            producer=producer,
            data_class=data_class,
            person=person,
            exchange=exchange,
        )
        if info.type in _by_type:
            raise ValueError(f"{info.type} is registered twice")
        _by_type[info.type] = struct
        _info[struct] = info
        return struct

    return register


def info_of(struct: type[msgspec.Struct]) -> EventInfo:
    """The registration of an event Struct.

    Raises:
        KeyError: the Struct is not an event.
    """
    return _info[struct]


def struct_of(type_name: str) -> type[msgspec.Struct] | None:
    """The Struct of a type such as `contact.created.v1`; None for one that is not known here."""
    return _by_type.get(type_name)


def types() -> list[str]:
    """Every type that is registered, sorted."""
    return sorted(_by_type)

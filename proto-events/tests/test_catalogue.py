"""What holds of every event."""

import pkgutil

import msgspec
import pytest

import proto_events
from proto_events import catalogue, envelope, registry
from proto_events.examples import EXAMPLES, envelope_of


def ours() -> dict[str, registry.EventInfo]:
    """The types of this package; a test run may have registered others beside them."""
    found = {name: registry.struct_of(name) for name in registry.types()}
    return {
        name: registry.info_of(struct)
        for name, struct in found.items()
        if struct is not None and struct.__module__.startswith("proto_events.")
    }


def test_every_module_of_events_is_in_the_catalogue() -> None:
    listed = {module.__name__.rpartition(".")[2] for module in catalogue.MODULES}
    apart = {
        "catalogue",
        "conversation",
        "envelope",
        "examples",
        "raw",
        "registry",
        "template_forms",
        "times",
        "waha",
    }
    folder = pkgutil.iter_modules(proto_events.__path__)
    assert listed == {module.name for module in folder} - apart


def test_the_producers_are_the_services() -> None:
    assert {info.producer for info in ours().values()} == {
        "automation",
        "billing",
        "channels",
        "contacts",
        "identity",
        "messaging",
        "sessions",
    }


def test_every_event_has_an_example_that_reads_back_as_itself() -> None:
    assert set(EXAMPLES) == set(ours())
    for type_name, example in EXAMPLES.items():
        data = envelope.decode(envelope.encode(envelope_of(type_name))).data
        assert msgspec.json.decode(data, type=type(example)) == example, type_name


def test_what_tells_of_a_person_says_who_it_is() -> None:
    unnamed = {
        type_name
        for type_name, info in ours().items()
        if info.data_class != "none" and info.person is None
    }
    # A chat is of several people, as is what is posted in it or is to be, and a channel does not
    # know who somebody is. A file and an act are of a message, and that says whose it is.
    assert {name for name in unnamed if not name.startswith("channel.")} == {
        "chat.description_updated.v1",
        "chat.subject_updated.v1",
        "message.media_stored.v1",
        "message.post_requested.v1",
        "message.posted.v1",
        "message_action.requested.v1",
    }
    for info in ours().values():
        struct = registry.struct_of(info.type)
        assert struct is not None
        assert info.person is None or info.person in struct.__struct_fields__, info.type


def test_every_event_is_frozen_documented_and_named_after_its_aggregate() -> None:
    for type_name, info in ours().items():
        struct = registry.struct_of(type_name)
        assert struct is not None
        assert struct.__struct_config__.frozen, type_name
        assert struct.__doc__, type_name
        assert info.name.startswith(info.aggregate + "."), type_name
        assert type_name == f"{info.name}.v{info.version}"


def test_only_the_transit_events_leave_the_domain_exchange() -> None:
    transit = {name for name, info in ours().items() if info.exchange == registry.PIPELINE_EXCHANGE}
    assert transit == {
        "channel.message_received.v1",
        "contact.interaction_recorded.v1",
        "session.message_recorded.v1",
    }


def test_a_type_is_registered_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        registry.event("contact.created", aggregate="contact", producer="x", data_class="none")(
            type("Again", (msgspec.Struct,), {})
        )

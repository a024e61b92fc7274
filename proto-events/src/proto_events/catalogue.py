"""Every event module, imported: after this the registry knows all types."""

from proto_events import channels, contacts, identity, messaging, sessions

MODULES = (channels, contacts, identity, messaging, sessions)
"""The contexts, in the order of their names."""

"""Temporal client, worker runner, msgspec converter, replay helper."""

"""The live stream: events of the caller's project as they happen."""

"""The timer of a session, in Temporal."""

"""The contract at both ends: events in, events out."""

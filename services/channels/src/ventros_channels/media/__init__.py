"""Files of messages, fetched from their providers beside the main path."""

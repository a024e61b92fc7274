"""Sessions and their lifecycle."""

"""pytest plugin: the real servers as fixtures."""

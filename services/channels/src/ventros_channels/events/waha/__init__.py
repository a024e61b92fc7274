"""What WAHA tells beside messages, read into the events that say it. Pure: no I/O."""

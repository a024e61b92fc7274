"""What Meta tells, read into the events that say it. Pure: no I/O."""

"""What changes the state of messaging: a function per use case, (tx, what) -> result."""

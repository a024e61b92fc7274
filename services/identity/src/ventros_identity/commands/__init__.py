"""Change state: a function per use case."""

"""Read state: a function per question."""

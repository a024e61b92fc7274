"""What is asked of contacts: a function per question."""

"""What messaging answers: a function per question."""

"""Change state: (tx, command) to the facts, which the edge says in the same transaction."""

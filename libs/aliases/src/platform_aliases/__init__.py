"""A forest of nodes that turned out to be one: copy, lock, resolve, expand."""

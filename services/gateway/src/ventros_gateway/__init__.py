"""The edge: tokens, roles, routing, merged API docs."""

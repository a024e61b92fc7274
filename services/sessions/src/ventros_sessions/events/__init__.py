"""Events in (subscribe) and out (publish)."""

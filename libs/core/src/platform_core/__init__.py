"""Ids, clock, errors, constrained types, settings, keyset cursors."""

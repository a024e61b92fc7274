"""Imports of history, in Temporal."""

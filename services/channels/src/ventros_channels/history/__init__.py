"""Imports of what providers kept: pages of the past, stored once, at a pace."""

"""Sending: claim, commit, call, record."""

"""Checks over the whole repository: each is a test, and each is shown a violation it must find."""

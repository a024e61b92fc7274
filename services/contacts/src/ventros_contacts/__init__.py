"""Contacts and their identities."""

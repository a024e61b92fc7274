"""Tenants, projects, users, sign-in and tokens."""

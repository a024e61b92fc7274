"""Providers that put files into words."""

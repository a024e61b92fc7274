"""Channels, credentials, webhook ingress, provider adapters."""

"""WAHA's webhooks, read as pure functions: bytes in, a provider-neutral result out."""

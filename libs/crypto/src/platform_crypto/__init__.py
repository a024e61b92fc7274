"""AES-256-GCM envelopes with key ids, HMAC signing and verifying."""

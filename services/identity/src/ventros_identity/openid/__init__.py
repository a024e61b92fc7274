"""OpenID Connect as its client: what providers say of themselves, their tokens, their keys."""

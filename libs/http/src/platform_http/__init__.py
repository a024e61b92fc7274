"""The Litestar app factory: problem+json, health, paging, OpenAPI defaults."""

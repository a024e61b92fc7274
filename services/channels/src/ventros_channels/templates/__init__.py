"""Templates of providers: listed and told."""

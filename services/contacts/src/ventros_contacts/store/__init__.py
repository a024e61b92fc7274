"""SQL of contacts, and how rows become values."""

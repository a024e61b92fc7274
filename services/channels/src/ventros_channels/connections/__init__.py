"""What is done with a provider while somebody waits for it."""

"""Pictures, looked at where they can do no harm."""

"""What Meta's WhatsApp Cloud API posts, read into our words. Pure: no I/O."""

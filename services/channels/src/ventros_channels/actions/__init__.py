"""What is done to messages that are there: queued, called, told."""

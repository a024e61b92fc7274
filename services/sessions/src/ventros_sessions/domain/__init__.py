"""What is true of sessions whatever the database."""

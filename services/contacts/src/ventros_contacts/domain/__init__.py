"""What is true of contacts whatever the database."""

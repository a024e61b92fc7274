"""What is true of channels whatever the database."""

"""What is true of a message whatever the database: its contents, its status, its place in time."""

"""What the services promise to each other and to others, and the checks that hold it."""

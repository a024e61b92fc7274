"""What is true of tenants, projects and users, whatever the database."""

"""What identity says to others."""

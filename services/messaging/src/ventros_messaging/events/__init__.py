"""What messaging hears and says."""

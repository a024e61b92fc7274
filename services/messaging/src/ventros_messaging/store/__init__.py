"""SQL and row mapping of messaging, nothing else."""

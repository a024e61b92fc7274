"""Profile pictures: who is asked about, when, and what the provider says."""

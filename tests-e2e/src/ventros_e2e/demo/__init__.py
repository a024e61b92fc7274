"""`make demo`: conversations through the simulated WAHA, and what becomes of them."""

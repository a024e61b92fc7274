"""A WAHA server that is simulated: its REST API, its webhooks, its engines' shapes."""

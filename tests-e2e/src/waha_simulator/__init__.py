"""A WAHA server without a phone: its REST API, and its webhooks in the shapes of its engines."""

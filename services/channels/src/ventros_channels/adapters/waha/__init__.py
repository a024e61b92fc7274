"""WAHA's API, as far as we call it. What its webhooks say is read in `domain/waha/`."""

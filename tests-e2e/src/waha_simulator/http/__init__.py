"""The simulator's routes: WAHA's own under /api, and /simulator to make it act."""

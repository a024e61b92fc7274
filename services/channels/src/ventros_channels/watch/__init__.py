"""Channels that are silent or were away: found, asked about, and filled from the history."""

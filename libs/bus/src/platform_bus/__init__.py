"""Outbox and relay, consumers with inbox, bundles, lanes, deferral and parking."""

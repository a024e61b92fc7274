"""OpenTelemetry set-up, JSON logs with redaction, metrics."""

"""The HTTP edge: parse, authorise, call, map."""

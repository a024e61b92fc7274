"""`/v1/contacts`: parse, authorise, call, map."""

"""Files put into words, in Temporal."""

"""The embedded servers and the ventros command for one machine."""

"""The embedded servers, one module each in the same shape."""

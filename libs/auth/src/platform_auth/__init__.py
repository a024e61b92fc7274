"""Principal, permission matrix, token verification, route guard."""

"""OAuth 2 as a server: the library judges, over what was loaded for it before."""

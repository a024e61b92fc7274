"""Pages of our own: what a person sees when an application asks for their consent."""

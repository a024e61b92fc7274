"""The API's documentation: the services' documents as one, and a page that shows it offline."""

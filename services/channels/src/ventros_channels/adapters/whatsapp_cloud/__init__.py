"""Meta's Graph API, as far as we call it. What it posts is read in `domain/whatsapp_cloud/`."""

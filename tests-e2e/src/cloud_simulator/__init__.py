"""A simulated WhatsApp Cloud API: Meta's Graph, its rules on bodies, and its signed posts."""

"""The copy of contacts: which nodes are one person."""

from platform_aliases import Forest

contacts = Forest("contact_ref")

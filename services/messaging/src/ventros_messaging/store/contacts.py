"""The copy of which contacts turned out to be one, in the table `contact_ref`."""

from typing import Final

from platform_aliases import Forest

CONTACTS: Final = Forest("contact_ref")

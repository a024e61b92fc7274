"""How events tell time."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

Moment = Annotated[datetime, Meta(tz=True)]
"""A point in time with its offset (RFC 3339), UTC from our services; one without cannot be read."""

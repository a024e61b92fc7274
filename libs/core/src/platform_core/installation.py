"""What every service may have to know of the installation that it is part of."""

from typing import Annotated, Literal

from msgspec import Meta

Environment = Annotated[
    Literal["development", "production"],
    Meta(description="What the installation is; some settings are for development alone."),
]
"""The setting `VENTROS_ENVIRONMENT`. A group of settings that refuses something in production has
a field `environment: Environment = "production"` of its own."""

"""What an operator says about the provider that puts files into words."""

from typing import Annotated

import msgspec
from msgspec import Meta

from platform_outbound import OutboundSettings, read_networks
from platform_outbound.networks import Network

Most = Annotated[int, Meta(ge=0)]


class AiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One provider for the installation; without an address there is none, and what channels ask
    for fails visibly as `not_configured`."""

    ai_base_url: Annotated[
        str,
        Meta(
            description="Address of an API like OpenAI's, such as `https://api.openai.com/v1`;"
            " without it no file is put into words.",
            pattern=r"^(https?://.+[^/])?$",
        ),
    ] = ""
    ai_api_key: Annotated[str, Meta(description="The key for that API.")] = ""
    ai_vision_model: Annotated[str, Meta(description="The model that describes images.")] = (
        "gpt-4o-mini"
    )
    ai_transcription_model: Annotated[
        str, Meta(description="The model that writes down what is spoken.")
    ] = "whisper-1"
    ai_networks: Annotated[
        str,
        Meta(
            description="Inner networks (CIDR, commas between) in which the installation's own"
            " provider stands."
        ),
    ] = ""
    ai_timeout: Annotated[
        float, Meta(gt=0, le=600, description="Seconds that the provider may take for a file.")
    ] = 120.0
    ai_max_bytes: Annotated[
        int, Meta(ge=1024, le=104_857_600, description="The largest file that is put into words.")
    ] = 26_214_400
    ai_monthly_requests: Annotated[
        Most, Meta(description="Files of a tenant that the provider is asked about in a month.")
    ] = 10_000

    def networks(self, outbound: OutboundSettings) -> tuple[Network, ...]:
        """Inner networks that the provider may be in. Raises `SettingsError`."""
        return outbound.allowed + read_networks("VENTROS_AI_NETWORKS", self.ai_networks)

"""Examples of the files above templates: uploaded to the app, and named by a handle.

https://developers.facebook.com/docs/graph-api/guides/upload
"""

from typing import Annotated, Final
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Meta

from ventros_channels.adapters.whatsapp_cloud.asking import answered, ask, failures
from ventros_channels.adapters.whatsapp_cloud.client import Client
from ventros_channels.domain.adapter import NotSent
from ventros_channels.domain.connection import Connection
from ventros_channels.domain.provider_errors import (
    ProviderRefused,
    ProviderUnreachable,
    TemplateRefused,
)
from ventros_channels.domain.template_example import Example

TIMEOUT_SECONDS: Final = 60.0
"""Seconds that an upload may take: its author waits."""


class _Begun(msgspec.Struct, frozen=True):
    id: Annotated[str, Meta(max_length=2048, pattern=r"^upload:[!-~]+(?![\s\S])")]


class _Handle(msgspec.Struct, frozen=True):
    h: Annotated[str, Meta(min_length=1, max_length=4096)]


async def upload(client: Client, at: Connection, example: Example) -> str:
    """The handle of a file that the app has now. Done twice, it is there twice: no harm.

    Raises:
        TemplateRefused: Meta does not take the file.
        ProviderError
    """
    file = example.file
    query = urlencode(
        {
            "file_name": file.filename or "example",
            "file_length": str(file.size_bytes),
            "file_type": file.mimetype,
        }
    )
    try:
        path = f"{quote(example.app_id, safe='')}/uploads?{query}"
        begun = await ask(client, at, "POST", path, _Begun)
        with failures():
            answer = await client.post_stream(
                at,
                begun.id,
                file.chunks(),
                content_type=file.mimetype,
                size=file.size_bytes,
                timeout=TIMEOUT_SECONDS,
                # This edge alone wants another word before the token.
                headers={"Authorization": f"OAuth {at.api_key or ''}", "file_offset": "0"},
            )
        return answered(answer, _Handle).h
    except ProviderRefused as error:
        raise TemplateRefused(error.detail) from error
    except NotSent as error:
        raise ProviderUnreachable(error.reason) from error

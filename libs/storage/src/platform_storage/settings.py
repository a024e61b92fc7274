"""Settings of a service's side of the storage."""

from typing import Annotated

import msgspec
from msgspec import Meta


class StorageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where files are: a folder, or a bucket with its keys."""

    storage_url: Annotated[
        str,
        Meta(
            description="Where files are kept: `file:///path`, `s3://bucket/prefix`, "
            "`gs://bucket/prefix` or `az://container/prefix`. Every service that handles files "
            "needs the same one.",
            pattern=r"^(file:///|s3://|gs://|az://).+",
        ),
    ]
    storage_endpoint: Annotated[
        str, Meta(description="The address of a store that speaks S3 and is not Amazon's.")
    ] = ""
    storage_region: Annotated[str, Meta(description="The region of the bucket.")] = ""
    storage_access_key_id: Annotated[
        str, Meta(description="S3: the id of the access key; without one, the machine's own role.")
    ] = ""
    storage_secret_access_key: Annotated[str, Meta(description="S3: the access key.")] = ""
    storage_timeout: Annotated[
        float, Meta(gt=0, le=300, description="Seconds that one request to the store may take.")
    ] = 30.0
    storage_scanner_url: Annotated[
        str,
        Meta(
            description="ClamAV's daemon, which looks at every file before it is kept: "
            "`tcp://host:port` or `unix:///path`. While it is away no file is taken. Empty: none.",
            pattern=r"^((tcp://.+:[0-9]+|unix:///.+))?$",
        ),
    ] = ""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from platform_storage import Storage, StorageSettings

REGION = "sa-east-1"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of a server that speaks S3."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> StorageSettings:
    """A store of each kind, empty."""
    if request.param == "folder":
        return StorageSettings(storage_url=f"file://{tmp_path}/files of ours", storage_timeout=10)
    address: str = request.getfixturevalue("s3")
    bucket = f"files-{uuid4().hex}"
    client: Any = boto3.client("s3", endpoint_url=address, region_name=REGION, **KEYS)
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    return StorageSettings(
        storage_url=f"s3://{bucket}/ours",
        storage_endpoint=address,
        storage_region=REGION,
        storage_access_key_id=KEYS["aws_access_key_id"],
        storage_secret_access_key=KEYS["aws_secret_access_key"],
        storage_timeout=10,
    )


@pytest.fixture
def storage(settings: StorageSettings) -> Storage:
    return Storage(settings)

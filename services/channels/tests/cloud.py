"""A number at the Cloud API and the posts about it, for tests."""

import json
from pathlib import Path
from typing import Any

import httpx

from platform_crypto import sign

from .conftest import Api

CLOUD_FIXTURES = Path(__file__).parent / "fixtures" / "whatsapp_cloud"
NUMBER, ACCOUNT = "200000000000001", "100000000000001"
APP_SECRET = "app-secret-of-the-tests"
TOKEN = "token-of-the-tests-for-the-graph"

Created = dict[str, Any]


def cloud_fixture(name: str) -> bytes:
    """A post as Meta makes it."""
    return (CLOUD_FIXTURES / f"{name}.json").read_bytes()


async def create_number(api: Api, **more: Any) -> Created:
    """A channel of the type `whatsapp_cloud`."""
    number = {
        "phone_number_id": NUMBER,
        "waba_id": ACCOUNT,
        "access_token": TOKEN,
        "app_secret": APP_SECRET,
        **more.pop("whatsapp_cloud", {}),
    }
    body = {
        "name": "Loja",
        "type": "whatsapp_cloud",
        "external_id": "+554400000001",
        "whatsapp_cloud": number,
        **more,
    }
    answer = await api.call("POST", "/v1/channels", json=body)
    assert answer.status_code == 201, answer.text
    created: Created = answer.json()
    return created


class Meta:
    """Meta, as far as posts go."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def post(
        self, channel: Created, body: bytes, *, secret: str = APP_SECRET, signature: str = ""
    ) -> httpx.Response:
        """A post, signed with the app's secret unless a signature is given."""
        signature = signature or f"sha256={sign(secret.encode(), body, 'sha256')}"
        return await self._client.post(
            f"/webhooks/{channel['webhook_id']}",
            content=body,
            headers={"x-hub-signature-256": signature},
        )

    async def ask(self, channel: Created, token: str, **changes: str) -> httpx.Response:
        """The question whether the address is the channel's."""
        query = {
            "hub.mode": "subscribe",
            "hub.challenge": "1158201444",
            "hub.verify_token": token,
            **{name.replace("hub_", "hub."): value for name, value in changes.items()},
        }
        return await self._client.get(f"/webhooks/{channel['webhook_id']}", params=query)


def batch(count: int, *, statuses: int = 0) -> bytes:
    """One post with many messages, each of somebody else, and many statuses, over many entries."""
    metadata = {"display_phone_number": "554400000001", "phone_number_id": NUMBER}
    entries = []
    for place in range(0, count, 7):
        messages = [
            {
                "from": f"55440000{n:05d}",
                "id": f"wamid.BATCH{n}",
                "timestamp": "1783000000",
                "type": "text",
                "text": {"body": f"número {n} — é"},
            }
            for n in range(place, min(place + 7, count))
        ]
        value = {"messaging_product": "whatsapp", "metadata": metadata, "messages": messages}
        entries.append({"id": ACCOUNT, "changes": [{"field": "messages", "value": value}]})
    told = [
        {
            "id": f"wamid.OURS{n}",
            "status": "delivered",
            "timestamp": "1783000001",
            "recipient_id": f"55440000{n:05d}",
        }
        for n in range(statuses)
    ]
    value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": told}
    entries.append({"id": ACCOUNT, "changes": [{"field": "messages", "value": value}]})
    return json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()

"""AsyncAPI 3.0 of what the services say over the broker.

One channel per event, because the channel of a topic exchange is its routing key. The document
speaks for Ventros, so every operation sends; a subscriber turns it around. Payloads are the
schemas beside it. The raw events of `waha.events` are left out: WAHA gives them their names and
shapes, and only the service `channels` may read them.
"""

from typing import Final

import yaml

from checks.contracts.json_schema import data_of, documents
from checks.contracts.places import SCHEMAS, Document
from proto_events.envelope import BATCH_CONTENT_TYPE, CONTENT_TYPE
from proto_events.registry import DOMAIN_EXCHANGE, ONE_QUEUE, PIPELINE_EXCHANGE

_SCHEMA_FORMAT: Final = "application/schema+json;version=draft-2020-12"

_INFO: Final = """\
Every event of Ventros, as CloudEvents 1.0 in structured JSON.

Other teams bind their own queue to the topic exchange `ventros.events`; the routing key is the
type, so `contact.*.v1` and `#` work. `ventros.pipeline` is between the services of Ventros: it
carries CloudEvents batches, and its routing key ends with a lane. Snapshots go to the one queue
that an operator names, by the default exchange.

Delivery is at least once: deduplicate by `id`. There is no order between messages; `sequence` is
the version of the aggregate. Within a version only optional fields are added, so tolerate fields
that you do not know."""

# Structured mode: the attributes of CloudEvents are in the payload.
_HEADERS: Final = {
    "type": "object",
    "description": "The AMQP property `message_id` is the event's id (the first one's of a batch).",
    "properties": {
        "ventros-replayed": {
            "type": "string",
            "const": "true",
            "description": "There when an operator sent history again, to one queue.",
        }
    },
}

_EXCHANGES: Final = {
    DOMAIN_EXCHANGE: "domain",
    PIPELINE_EXCHANGE: "pipeline",
    ONE_QUEUE: "named",
}


def document(version: str) -> Document:
    """The document of a version of the package."""
    schemas = documents()
    return {
        "asyncapi": "3.0.0",
        "id": "urn:ventros:events",
        "info": {
            "title": "Ventros events",
            "version": version,
            "description": _INFO,
            "license": {"name": "MIT"},
            "tags": _tags(schemas),
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {"broker": _server("amqp", "5672"), "broker-tls": _server("amqps", "5671")},
        "channels": {name: _channel(name, schema) for name, schema in schemas.items()},
        "operations": {
            f"send-{name}": _operation(name, schema) for name, schema in schemas.items()
        },
        "components": {
            "messages": {name: _message(name, schema) for name, schema in schemas.items()},
            "messageTraits": {
                "one": {"contentType": CONTENT_TYPE, "headers": _HEADERS},
                "batch": {"contentType": BATCH_CONTENT_TYPE, "headers": _HEADERS},
            },
            "channelBindings": {part: _exchange(exchange) for exchange, part in _EXCHANGES.items()},
            "operationBindings": {
                part: {
                    "amqp": {
                        "deliveryMode": 2,
                        "mandatory": exchange != DOMAIN_EXCHANGE,
                        "timestamp": False,
                        "ack": True,
                        "bindingVersion": "0.3.0",
                    }
                }
                for exchange, part in _EXCHANGES.items()
            },
            "securitySchemes": {
                "user": {
                    "type": "userPassword",
                    "description": "A user of the broker, who may read from `ventros.events`.",
                }
            },
        },
    }


def text(version: str) -> str:
    """The document as YAML."""
    return yaml.dump(
        document(version), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stay readable; nothing is written by reference."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _part(schema: Document) -> str:
    return _EXCHANGES[schema["x-exchange"]]


def _tags(schemas: dict[str, Document]) -> list[Document]:
    producers = sorted({schema["x-producer"] for schema in schemas.values()})
    return [{"name": name, "description": f"Said by the service {name}."} for name in producers]


def _server(protocol: str, port: str) -> Document:
    return {
        "host": "{host}:{port}",
        "protocol": protocol,
        "protocolVersion": "0.9.1",
        "description": "The RabbitMQ of an installation.",
        "variables": {"host": {"default": "localhost"}, "port": {"default": port}},
        "security": [{"$ref": "#/components/securitySchemes/user"}],
    }


def _exchange(name: str) -> Document:
    return {
        "amqp": {
            "is": "routingKey",
            "exchange": {
                "name": name,
                "type": "default" if name == ONE_QUEUE else "topic",
                "durable": True,
                "autoDelete": False,
                "vhost": "/",
            },
            "bindingVersion": "0.3.0",
        }
    }


def _channel(name: str, schema: Document) -> Document:
    part = _part(schema)
    channel: Document = {
        "address": {"domain": name, "pipeline": f"{name}.{{lane}}", "named": None}[part],
        "title": name,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {"$ref": f"#/components/channelBindings/{part}"},
    }
    if part == "pipeline":
        channel["parameters"] = {
            "lane": {"description": "The shard of the partition key modulo the number of lanes."}
        }
    return channel


def _operation(name: str, schema: Document) -> Document:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": schema["description"].partition("\n")[0],
        "tags": [{"name": schema["x-producer"]}],
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
        "bindings": {"$ref": f"#/components/operationBindings/{_part(schema)}"},
    }


def _message(name: str, schema: Document) -> Document:
    reference: Document = {"$ref": f"./{SCHEMAS}/{name}.json"}
    batch = _part(schema) == "pipeline"
    return {
        "name": name,
        "title": data_of(schema)["title"],
        "summary": schema["description"].partition("\n")[0],
        "tags": [{"name": schema["x-producer"]}],
        "payload": {
            "schemaFormat": _SCHEMA_FORMAT,
            "schema": {"type": "array", "items": reference} if batch else reference,
        },
        "traits": [{"$ref": f"#/components/messageTraits/{'batch' if batch else 'one'}"}],
    }

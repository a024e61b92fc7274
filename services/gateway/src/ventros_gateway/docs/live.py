"""What the API document says of the live stream, which no service serves."""

from typing import Any, Final

_PROBLEM: Final = {"application/problem+json": {"schema": {"type": "object"}}}
_EXAMPLE: Final = (
    "retry: 2000\n: open\n\n"
    "id: 01981f2e-7c00-7000-8000-000000000001.5f0c2a91\n"
    "event: contact.created.v1\n"
    'data: {"specversion":"1.0","id":"01981f2e-7c00-7000-8000-000000000001",'
    '"type":"contact.created.v1","tenantid":"…","projectid":"…","data":{"…":"…"}}\n\n'
    ": ping\n\n"
    "event: refetch\ndata: {}\n\n"
)
_DESCRIPTION: Final = """\
Server-sent events of the caller's project, as they happen. Each is a CloudEvent, of those whose
subject the caller may read.

- `refetch` says that something was missed: read anew what is shown, and go on listening.
- After a break, go on with the last `id` that came, as `Last-Event-ID` or `last_event_id`. An
  event may come a second time after a change of gateway; its own id, in `data`, tells.
- A stream ends after a quarter of an hour at most, and with its token.

The same over a WebSocket: `/v1/ws`, with the token in `Authorization` or, from a browser, as the
second of the subprotocols `ventros.v1` and `bearer.<token>`. Messages are
`{"id": …, "type": …, "event": …}` and `{"refetch": true}`. The client may send one message, its
first, within half a second: `{"types": […], "last_event_id": …}`.

It is closed with 1001 when its quarter of an hour is over and with 1012 when the gateway stops, in
both cases to come again; with 1008 when its token is over or what was sent is not understood; with
1013 when the client was too slow.
"""


def _parameter(name: str, place: str, text: str, example: str) -> dict[str, Any]:
    return {
        "name": name, "in": place, "required": False, "description": text,
        "schema": {"type": "string"}, "example": example,
    }  # fmt: skip


LIVE_DOCUMENT: Final[dict[str, Any]] = {
    "paths": {
        "/v1/events/stream": {
            "get": {
                "tags": ["events"],
                "operationId": "stream_events",
                "summary": "Events as they happen",
                "description": _DESCRIPTION,
                "x-permission": "event:read",
                "security": [{"bearer": []}],
                "parameters": [
                    _parameter(
                        "types", "query",
                        "Types with commas between: `*` is one word, `#` any number; the version "
                        "may be left out.", "contact.*,message.created.v1",
                    ),
                    _parameter("last_event_id", "query", "Where to go on from.", ""),
                    _parameter("Last-Event-ID", "header", "The same; this one counts.", ""),
                ],
                "responses": {
                    "200": {
                        "description": "A stream without an end.",
                        "content": {
                            "text/event-stream": {
                                "schema": {"type": "string"}, "example": _EXAMPLE,
                            }
                        },
                    },
                    **{
                        status: {"description": text, "content": _PROBLEM}
                        for status, text in {
                            "401": "No token, or one that is not good.",
                            "403": "The caller lacks the permission.",
                            "422": "The query is not understood.",
                            "429": "Too many streams are open, or were opened.",
                            "503": "Events are not heard at the moment.",
                        }.items()
                    },
                },
            }
        }
    }
}  # fmt: skip

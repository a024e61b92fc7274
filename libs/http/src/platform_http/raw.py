"""Problems for applications that speak ASGI themselves and pass no framework."""

import msgspec
from litestar.types import Scope, Send

from platform_http.problems import MEDIA_TYPE, headers_of, make_problem
from platform_http.request_id import request_id_of


async def send_problem(
    scope: Scope,
    send: Send,
    status: int,
    code: str,
    detail: str,
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    """Answer with problem+json; `headers` come on top of those that the status demands, or instead
    of them where they have the same name.
    """
    problem = make_problem(status, code, detail, request_id=request_id_of(scope))
    body = msgspec.json.encode(problem)
    given = {name for name, _ in headers or ()}
    demanded = [
        (name.encode(), value.encode())
        for name, value in headers_of(status, code).items()
        if name.encode() not in given
    ]
    all_headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        *demanded,
        *(headers or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})

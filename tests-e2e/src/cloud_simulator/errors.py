"""Errors as the Graph tells them, in an answer and in a status."""

from collections.abc import Mapping

from msgspec import Struct

STATUSES: Mapping[int, int] = {
    0: 401,
    190: 401,
    **dict.fromkeys((3, 10, *range(200, 300), 368, 131031, 131005), 403),
    **dict.fromkeys((4, 80007, 130429, 131048, 131056), 429),
    **dict.fromkeys((131000, 131016, 131057), 500),
    132001: 404,
}
"""The status beside a code; 400 beside the others."""

JsonObject = dict[str, object]


class GraphError(Exception):
    """The Graph refuses."""

    def __init__(self, code: int, details: str = "", *, status: int | None = None) -> None:
        super().__init__(f"(#{code}) {details}")
        self.code = code
        self.details = details or f"Error {code}"
        self.status = status or STATUSES.get(code, 400)

    @property
    def document(self) -> JsonObject:
        """The body of the answer."""
        return {
            "error": {
                "message": f"(#{self.code}) {self.details}",
                "type": "OAuthException",
                "code": self.code,
                "error_data": {"messaging_product": "whatsapp", "details": self.details},
                "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUv",
            }
        }


class TemplateError(GraphError):
    """The Graph does not take a template; it says why to whoever wrote it."""

    def __init__(self, subcode: int, said: str) -> None:
        super().__init__(100, "Invalid parameter")
        self.subcode = subcode
        self.said = said

    @property
    def document(self) -> JsonObject:
        """The body of the answer."""
        return {
            "error": {
                "message": "Invalid parameter",
                "type": "OAuthException",
                "code": 100,
                "error_subcode": self.subcode,
                "is_transient": False,
                "error_user_title": "The template was not taken",
                "error_user_msg": self.said,
                "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUv",
            }
        }


class Reason(Struct, frozen=True, kw_only=True):
    """Why a message failed after it had been taken."""

    code: int
    title: str = ""

    @property
    def document(self) -> JsonObject:
        """An entry of a status' `errors`."""
        title = self.title or f"Error {self.code}"
        return {
            "code": self.code,
            "title": title,
            "message": title,
            "error_data": {"details": title},
        }


def bad_request(details: str) -> GraphError:
    """A parameter that cannot be."""
    return GraphError(100, details)


def bad_value(details: str) -> GraphError:
    """A parameter whose value Meta does not take."""
    return GraphError(131009, details)

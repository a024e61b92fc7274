"""Files that were uploaded as examples of what is above a template."""

from msgspec import Struct


class Announced(Struct, frozen=True):
    """A file that is to come."""

    size: int
    mimetype: str


class Examples:
    """Those of all apps: `kept` by their handles."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self._begun: dict[str, Announced] = {}

    def begin(self, size: int, mimetype: str) -> str:
        """The id of an upload, with a signature as Meta's have one."""
        session = f"upload:MTphdHRhY2htZW50{len(self._begun)}==?sig=ARZ{len(self._begun)}"
        self._begun[session] = Announced(size, mimetype)
        return session

    def take(self, session: str, content: bytes) -> str | None:
        """The handle; None for what was not announced so."""
        announced = self._begun.get(session)
        if announced is None or len(content) != announced.size:
            return None
        handle = f"4:{len(self.kept)}:{announced.mimetype}:ARa"
        self.kept[handle] = content
        return handle

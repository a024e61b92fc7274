"""What goes wrong with the answers of the Graph."""

from collections import deque
from typing import Annotated, Literal

from msgspec import Meta, Struct

Kind = Literal["refuse", "status", "break", "lose", "hang"]

Share = Annotated[float, Meta(ge=0, le=1)]


class Trouble(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one call ends: it is refused with `code`, answered with `status` and nothing readable, or
    broken off (`break`), all before anything was done; or done with no answer (`lose`), or never
    answered and not done either (`hang`)."""

    kind: Kind
    code: int = 131000
    status: int = 500
    to: str | None = None
    """Only calls to this person; None: the next call, whoever it is to."""
    of: Literal["messages", "media", "templates"] = "messages"
    """Of messages, of the files that are uploaded before them, or of templates that are made."""


class Weather(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong by chance: shares of the calls, and seconds that an answer takes at most."""

    lose: Share = 0.0
    refuse: Share = 0.0
    delay_seconds: Annotated[float, Meta(ge=0, le=60)] = 0.0


class Troubles:
    """Those that were asked for, each used once, and the weather."""

    def __init__(self) -> None:
        self.weather = Weather()
        self._waiting: deque[Trouble] = deque()

    def add(self, trouble: Trouble, times: int = 1) -> None:
        """The next calls that it is of end so."""
        self._waiting.extend([trouble] * times)

    def clear(self) -> None:
        """Everything works again."""
        self._waiting.clear()
        self.weather = Weather()

    def upload(self) -> Trouble | None:
        """How the upload of a file ends; None: well."""
        return self._of("media", None)

    def template(self) -> Trouble | None:
        """How the making of a template ends; None: well."""
        return self._of("templates", None)

    def next(self, to: str | None, chance: float) -> Trouble | None:
        """How a message's call ends; None: well. `chance` is a number in [0, 1)."""
        asked = self._of("messages", to)
        if asked is not None:
            return asked
        if chance < self.weather.lose:
            return Trouble(kind="lose")
        if chance < self.weather.lose + self.weather.refuse:
            return Trouble(kind="refuse", code=131000)
        return None

    def _of(self, call: str, to: str | None) -> Trouble | None:
        for one in self._waiting:
            if one.of == call and (one.to is None or one.to == to):
                self._waiting.remove(one)
                return one
        return None

"""What is written in one turn of the loop goes out in one piece."""

import asyncio
from typing import Any

import pytest

from platform_http.joined_writes import ENOUGH, JoinedWrites


class Kernel:
    """A transport that notes what it was given, in order."""

    def __init__(self) -> None:
        self.did: list[bytes | str] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.did.append(data)

    def close(self) -> None:
        self.did.append("close")
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


@pytest.fixture
async def kernel() -> Kernel:
    return Kernel()


@pytest.fixture
async def joined(kernel: Any) -> JoinedWrites:
    return JoinedWrites(kernel, asyncio.get_running_loop())


async def test_one_turn_is_one_write(kernel: Kernel, joined: JoinedWrites) -> None:
    joined.write(b"head")
    joined.write(b"body")
    assert kernel.did == []
    await asyncio.sleep(0)
    joined.write(b"next")
    await asyncio.sleep(0)
    assert kernel.did == [b"headbody", b"next"]


async def test_what_is_kept_is_written_before_it_closes_and_nothing_after(
    kernel: Kernel, joined: JoinedWrites
) -> None:
    joined.write(b"last")
    joined.close()
    joined.write(b"too late")
    await asyncio.sleep(0)
    assert kernel.did == [b"last", "close"]
    assert joined.is_closing()


async def test_much_is_not_kept_back(kernel: Kernel, joined: JoinedWrites) -> None:
    joined.write(b"head")
    joined.write(bytes(ENOUGH))
    assert kernel.did == [b"head" + bytes(ENOUGH)]
    await asyncio.sleep(0)
    assert len(kernel.did) == 1


async def test_the_rest_is_asked_of_the_other(joined: JoinedWrites) -> None:
    assert joined.get_extra_info("peername") == "the peername"

"""Ports are chosen together, and the usual ones are taken when they can be had."""

import socket
from collections.abc import Iterator

import pytest

from platform_devstack import ports


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken


def test_a_free_wanted_port_is_kept() -> None:
    free = ports.choose({"any": None})["any"]

    assert ports.choose({"wanted": free}) == {"wanted": free}


def test_a_taken_wanted_port_is_replaced(listener: socket.socket) -> None:
    taken = listener.getsockname()[1]

    chosen = ports.choose({"wanted": taken})["wanted"]

    assert chosen != taken
    assert ports.LOWEST <= chosen <= ports.HIGHEST
    assert not ports.is_free(taken)


def test_a_port_wanted_twice_is_given_once() -> None:
    free = ports.choose({"any": None})["any"]

    chosen = ports.choose({"first": free, "second": free})

    assert chosen["first"] == free
    assert chosen["second"] != free


def test_many_are_distinct_and_below_the_ephemeral_range() -> None:
    chosen = ports.choose({str(number): None for number in range(50)})

    assert len(set(chosen.values())) == 50
    assert all(ports.LOWEST <= port <= ports.HIGHEST for port in chosen.values())


def test_a_connection_in_time_wait_does_not_take_the_port() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
        # The side that closes first keeps the port in TIME_WAIT.
        accepted.close()
        client.close()

    assert ports.is_free(port)

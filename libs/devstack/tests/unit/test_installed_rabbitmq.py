"""RabbitMQ is found where the system or we have put it, or it is said how to get it."""

from pathlib import Path

import pytest

from platform_devstack import installed_rabbitmq
from platform_devstack.errors import StackError


@pytest.fixture
def no_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed_rabbitmq, "SYSTEM_SERVER", tmp_path / "not-there")


def unpack(folder: Path) -> None:
    """What `dpkg -x` leaves of the packages, as far as it matters."""
    for path in (
        "usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8/sbin/rabbitmq-server",
        "usr/lib/erlang/erts-13.1.5/bin/epmd",
        "bin/erl",
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()


@pytest.mark.usefixtures("no_system")
def test_an_unpacked_one_is_found(tmp_path: Path) -> None:
    unpack(tmp_path)

    found = installed_rabbitmq.find(tmp_path)

    assert found is not None
    assert found.path == tmp_path / "bin"
    assert found.epmd.name == "epmd"


@pytest.mark.usefixtures("no_system")
def test_half_of_an_unpacked_one_is_none(tmp_path: Path) -> None:
    unpack(tmp_path)
    (tmp_path / "bin" / "erl").unlink()

    assert installed_rabbitmq.find(tmp_path) is None


@pytest.mark.usefixtures("no_system")
def test_without_apt_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(StackError, match="apt-get install rabbitmq-server"):
        installed_rabbitmq.find_or_install(tmp_path / "nowhere", print)

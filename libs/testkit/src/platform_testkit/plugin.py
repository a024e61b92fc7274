"""pytest plugin: the real servers, databases, vhosts, tenants and tokens as fixtures.

Nothing is started until a test asks for it; a run of unit tests starts nothing. What a fixture
needs is imported when it is asked for: every run of pytest imports this module.
"""

import sysconfig
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from platform_devstack.provision import ServiceDatabase
from platform_testkit.run import Run
from platform_testkit.servers import ServerPark, Servers
from platform_testkit.tenants import TestTenant, new_tenant
from platform_testkit.waiting import eventually as _eventually

if TYPE_CHECKING:
    from temporalio.testing import WorkflowEnvironment

    from platform_auth.testing import InternalTokens
    from platform_testkit.contracts import Contracts
    from platform_testkit.databases import DatabaseMaker
    from platform_testkit.golden import Golden
    from platform_testkit.vhosts import VhostMaker

_RUN = pytest.StashKey[Run]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Files that tests keep can be written anew instead of compared."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write proto-events/golden and proto-events/contracts anew instead of comparing",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Learn which run this process belongs to."""
    told = getattr(config, "workerinput", None)
    config.stash[_RUN] = Run.of_controller() if told is None else Run.of_worker(told)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker which run it belongs to."""
    node.config.stash[_RUN].tell(node.workerinput)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this run started. pytest calls this after Ctrl-C as well."""
    run = config.stash.get(_RUN, None)
    if run is not None:
        run.end()


@pytest.fixture(scope="session")
def server_park(pytestconfig: pytest.Config) -> ServerPark:
    """Servers one by one, for a test that needs only some of them."""
    return ServerPark(pytestconfig.stash[_RUN])


@pytest.fixture(scope="session")
def servers(server_park: ServerPark) -> Servers:
    """All four servers."""
    return server_park.all()


@pytest.fixture(scope="session")
def temporal(server_park: ServerPark) -> str:
    """Temporal's address, host:port."""
    return server_park.temporal_address()


@pytest.fixture(scope="session")
def redis_url(server_park: ServerPark) -> str:
    """Valkey's URL."""
    return server_park.redis_url()


@pytest.fixture(scope="session")
def _databases(pytestconfig: pytest.Config, server_park: ServerPark) -> Iterator["DatabaseMaker"]:
    from platform_testkit.databases import DatabaseMaker  # noqa: PLC0415

    maker = DatabaseMaker(server_park.postgres_admin_url())
    yield maker
    pytestconfig.stash[_RUN].wait(maker.close())


@pytest.fixture
def make_database(
    pytestconfig: pytest.Config, _databases: "DatabaseMaker"
) -> Iterator[Callable[[str], ServiceDatabase]]:
    """`make_database("contacts")`: a fresh, migrated database; dropped after the test."""
    run = pytestconfig.stash[_RUN]
    made: list[ServiceDatabase] = []

    def make(service: str) -> ServiceDatabase:
        made.append(run.wait(_databases.make(service)))
        return made[-1]

    yield make
    for database in made:
        run.wait(_databases.drop(database))


@pytest.fixture(scope="session")
def _vhosts(server_park: ServerPark) -> "VhostMaker":
    from platform_testkit.vhosts import VhostMaker  # noqa: PLC0415

    return VhostMaker(server_park.amqp_url(), server_park.amqp_management_url())


@pytest.fixture
def make_amqp_vhost(
    pytestconfig: pytest.Config, _vhosts: "VhostMaker"
) -> Iterator[Callable[[], str]]:
    """`make_amqp_vhost()`: the URL of a fresh vhost; deleted after the test."""
    run = pytestconfig.stash[_RUN]
    made: list[str] = []

    def make() -> str:
        made.append(run.wait(_vhosts.make()))
        return made[-1]

    yield make
    for url in made:
        run.wait(_vhosts.delete(url))


@pytest.fixture
def amqp_vhost(make_amqp_vhost: Callable[[], str]) -> str:
    """The URL of a fresh vhost."""
    return make_amqp_vhost()


@pytest.fixture
async def temporal_env() -> AsyncIterator["WorkflowEnvironment"]:
    """A Temporal whose clock jumps to the next timer."""
    from temporalio.testing import WorkflowEnvironment  # noqa: PLC0415

    program = Path(sysconfig.get_path("scripts")) / "temporal-test-server"
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=str(program)
    ) as environment:
        yield environment


@pytest.fixture
def eventually() -> Callable[..., Awaitable[Any]]:
    """`await eventually(condition, timeout=10)`; see `platform_testkit.waiting`."""
    return _eventually


@pytest.fixture
def tenant() -> TestTenant:
    """Ids of a tenant and a project of this test's own."""
    return new_tenant()


@pytest.fixture(scope="session")
def internal_tokens() -> "InternalTokens":
    """Stands where the gateway stands: mints tokens, and has the key that verifies them."""
    from platform_auth.testing import InternalTokens  # noqa: PLC0415

    return InternalTokens()


@pytest.fixture
def internal_token(internal_tokens: "InternalTokens") -> Callable[..., str]:
    """`internal_token(tenant_id, project_id, role)`: a token as the gateway would send it."""
    return internal_tokens.mint


@pytest.fixture(scope="session")
def golden(pytestconfig: pytest.Config) -> "Golden":
    """`golden.check(service, envelopes)`; see `platform_testkit.golden`."""
    from platform_testkit.event_schemas import contracts_folder  # noqa: PLC0415
    from platform_testkit.golden import Golden  # noqa: PLC0415

    update = pytestconfig.getoption("--update-golden")
    return Golden(contracts_folder() / "golden", update=update)


@pytest.fixture(scope="session")
def contracts_of(pytestconfig: pytest.Config) -> "Callable[[str], Contracts]":
    """`contracts_of("messaging")`: what it promises to read; see `platform_testkit.contracts`."""
    from platform_testkit.contracts import Contracts  # noqa: PLC0415
    from platform_testkit.event_schemas import contracts_folder  # noqa: PLC0415

    update = pytestconfig.getoption("--update-golden")
    return lambda service: Contracts(contracts_folder(), service, update=update)

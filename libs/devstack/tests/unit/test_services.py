"""A service is given what it needs and nothing of its neighbours."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from platform_devstack.endpoints import Endpoints
from platform_devstack.layout import Layout
from platform_devstack.secret_store import SecretStore
from platform_devstack.services import (
    CLOUD,
    SERVICE_PORTS,
    SERVICES,
    WITH_DATABASE,
    Service,
    Surroundings,
    by_name,
    cloud_part,
    environment_of,
    settings_of,
    waha_part,
)

ADMIN = "postgresql://postgres:the-superuser@127.0.0.1:5432/postgres"


@pytest.fixture
def surround(tmp_path: Path) -> Callable[..., Surroundings]:
    def make(**environ: str) -> Surroundings:
        return Surroundings(
            layout=Layout(
                root=tmp_path, state=tmp_path, data=tmp_path, programs=None, account=None
            ),
            ports={name: port for name, (port, _) in SERVICE_PORTS.items()},
            endpoints=Endpoints(
                postgres_admin_url=ADMIN,
                amqp_url="amqp://u:p@127.0.0.1:5672/%2F",
                amqp_management_url="http://u:p@127.0.0.1:15672",
                redis_url="redis://:p@127.0.0.1:6379/0",
                temporal_address="127.0.0.1:7233",
                temporal_ui_url="http://127.0.0.1:8233",
            ),
            secrets=SecretStore(tmp_path),
            environ=environ,
        )

    return make


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_no_service_gets_anothers_roles_or_the_superuser(
    service: Service, surround: Callable[..., Surroundings]
) -> None:
    around = surround(VENTROS_POSTGRES_ADMIN_URL=ADMIN)

    given = " ".join(environment_of(service, around).values())

    for other in WITH_DATABASE:
        for role in ("owner", "app", "relay", "system"):
            own = other == service.name and role != "owner"
            assert (around.secrets.get(f"{other}_{role}") in given) is own
    assert "the-superuser" not in given


def test_only_the_gateway_can_sign_internal_tokens(
    surround: Callable[..., Surroundings],
) -> None:
    around = surround()

    signers = [
        service.name
        for service in SERVICES
        if "VENTROS_INTERNAL_TOKEN_PRIVATE_KEY" in settings_of(service, around)
    ]

    assert signers == ["gateway"]


def test_the_gateway_knows_every_service(surround: Callable[..., Surroundings]) -> None:
    given = settings_of(by_name("gateway"), surround())

    for service in SERVICES:
        if service.name != "gateway":
            assert given[f"VENTROS_{service.name.upper()}_URL"].endswith(f":{service.port}")


def test_the_gateway_has_the_broker_and_redis_and_no_database(
    surround: Callable[..., Surroundings],
) -> None:
    around = surround()
    given = settings_of(by_name("gateway"), around)
    assert given["VENTROS_AMQP_URL"] == around.endpoints.amqp_url
    assert given["VENTROS_REDIS_URL"] == around.endpoints.redis_url
    assert not [name for name in given if "DATABASE" in name]


def test_a_setting_of_the_caller_reaches_the_service_but_no_address_does(
    surround: Callable[..., Surroundings],
) -> None:
    around = surround(
        VENTROS_LOG_LEVEL="debug",
        VENTROS_HTTP_PORT="1",
        VENTROS_AMQP_URL="amqp://elsewhere/",
        UNRELATED="x",
    )

    given = environment_of(by_name("contacts"), around)

    assert given["VENTROS_LOG_LEVEL"] == "debug"
    assert given["VENTROS_HTTP_PORT"] == "8103"
    assert given["VENTROS_AMQP_URL"] == around.endpoints.amqp_url
    assert "UNRELATED" not in given


def test_the_simulated_cloud_api_listens_where_it_is_asked_for(
    surround: Callable[..., Surroundings],
) -> None:
    around = msgspec.structs.replace(surround(), ports={**surround().ports, CLOUD: 3001})
    part = cloud_part(around)
    assert part.name == CLOUD
    assert part.argv[-3:] == ("3001", "--public-url", "http://127.0.0.1:3001")
    assert CLOUD not in SERVICE_PORTS, "the usual stack does without"


def test_the_simulator_gets_its_key_by_the_environment_only(
    surround: Callable[..., Surroundings],
) -> None:
    around = surround()
    part = waha_part(around)

    key = around.secrets.get("waha")
    assert part.env["WAHA_API_KEY"] == key
    assert all(key not in str(word) for word in part.argv)

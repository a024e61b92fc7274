"""A server that the environment names is used as it is, and nothing is started for it."""

from pathlib import Path

from platform_testkit.run import Run
from platform_testkit.servers import ServerPark


def test_named_servers_are_used_and_nothing_is_started(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", controller=1)
    park = ServerPark(
        run,
        {
            "VENTROS_TEST_POSTGRES_ADMIN_URL": "postgresql://a@b/c",
            "VENTROS_TEST_AMQP_URL": "amqp://a/",
            "VENTROS_TEST_AMQP_MANAGEMENT_URL": "http://a:15672",
            "VENTROS_TEST_REDIS_URL": "redis://a/",
            "VENTROS_TEST_TEMPORAL_ADDRESS": "a:7233",
        },
    )

    servers = park.all()

    assert servers.postgres_admin_url == "postgresql://a@b/c"
    assert servers.amqp_management_url == "http://a:15672"
    assert servers.temporal_address == "a:7233"
    assert not run.folder.exists()


def test_a_worker_belongs_to_the_run_of_its_controller() -> None:
    controller = Run.of_controller()
    workerinput: dict[str, object] = {}
    controller.tell(workerinput)

    worker = Run.of_worker(workerinput)

    assert worker.folder == controller.folder
    assert worker.is_controller is controller.is_controller is True
    assert Run(worker.folder, controller=1).is_controller is False

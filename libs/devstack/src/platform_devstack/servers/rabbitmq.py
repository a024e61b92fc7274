"""RabbitMQ from Debian's packages, and the port mapper (epmd) that Erlang wants.

epmd would otherwise be started by the broker as a daemon that outlives it and listens on every
address; here it is a part of its own, bound to the loopback.
"""

from pathlib import Path

from platform_devstack.installed_rabbitmq import Installation
from platform_devstack.layout import Layout
from platform_devstack.part import Part
from platform_devstack.probes import http_ok, listens
from platform_devstack.servers import rabbitmq_home

NAME = "rabbitmq"
EPMD = "epmd"
USER = "ventros"

# The write-ahead log of quorum queues is kept small: with the default of 512 MiB a benchmark
# raised the memory alarm, and publishers were blocked.
_CONFIGURATION = """\
listeners.tcp.default = 127.0.0.1:{port}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management_port}
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = {metrics_port}
default_user = {user}
default_pass = {password}
default_user_tags.administrator = true
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*
vm_memory_high_watermark.absolute = 1GiB
raft.wal_max_size_bytes = 67108864
disk_free_limit.absolute = 256MB
log.console.level = warning
log.file = false
"""


def url(port: int, password: str, vhost: str = "%2F") -> str:
    """The AMQP URL of a vhost (percent-encoded)."""
    return f"amqp://{USER}:{password}@127.0.0.1:{port}/{vhost}"


def management_url(port: int, password: str) -> str:
    """The management API with its user, as an HTTP client takes it."""
    return f"http://{USER}:{password}@127.0.0.1:{port}"


def prepare_epmd(layout: Layout, installation: Installation, *, port: int) -> Part:
    """The port mapper."""
    folder = layout.folder(EPMD)

    async def probe() -> None:
        await listens(port)

    return Part(
        name=EPMD,
        argv=(installation.epmd, "-address", "127.0.0.1", "-port", str(port)),
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
        cwd=folder,
        probe=probe,
        account=layout.account,
        ready_within=10,
        stop_within=5,
    )


def prepare(
    layout: Layout,
    installation: Installation,
    *,
    port: int,
    management_port: int,
    metrics_port: int,
    distribution_port: int,
    epmd_port: int,
    node: str,
    password: str,
) -> Part:
    """Write the configuration. `node` names the data and must stay the same for a data folder."""
    folder = layout.folder(NAME)
    configuration = layout.write(
        folder / "rabbitmq.conf",
        _CONFIGURATION.format(
            port=port,
            management_port=management_port,
            metrics_port=metrics_port,
            user=USER,
            password=password,
        ),
    )
    plugins = layout.write(folder / "enabled_plugins", f"[{','.join(rabbitmq_home.ENABLED)}].\n")

    async def probe() -> None:
        # Answers once the listeners are open, and fails while an alarm blocks publishers.
        await http_ok(
            f"http://127.0.0.1:{management_port}/api/health/checks/alarms",
            user=USER,
            password=password,
        )
        await listens(port)

    return Part(
        name=NAME,
        argv=(installation.server,),
        env={
            **_environment(folder, installation),
            "RABBITMQ_NODENAME": f"{node}@localhost",
            "RABBITMQ_DIST_PORT": str(distribution_port),
            "ERL_EPMD_PORT": str(epmd_port),
            "RABBITMQ_CONFIG_FILE": str(configuration),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
        },
        cwd=folder,
        probe=probe,
        account=layout.account,
        ready_within=120,
        stop_within=40,
    )


def _environment(folder: Path, installation: Installation) -> dict[str, str]:
    home = rabbitmq_home.make(folder / "home", installation.server)
    loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
    return {
        **home,
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
            f"{home['RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS']} {loopback}"
        ),
        "HOME": str(folder),
        "PATH": f"{installation.path}:/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(folder / "rabbitmq.pid"),
        # Else it would read the machine's own in /etc.
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        # The script then becomes the Erlang machine instead of a parent of it.
        "RUNNING_UNDER_SYSTEMD": "1",
    }

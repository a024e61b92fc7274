"""The demo's tenant, made by identity's own `seed` command, once per database."""

import asyncio
import hashlib
import sys

from platform_devstack.endpoints import POSTGRES
from platform_devstack.errors import StackError
from platform_devstack.services import IDENTITY, Surroundings, by_name, environment_of

EMAIL = "demo@ventros.example"
TENANT = "Demo"
PROJECT = "Loja Demo"
TIME_ZONE = "America/Sao_Paulo"
# Short, so that the demo need not wait for long to see a session end.
SESSION_TIMEOUT_MINUTES = 0.5
_DEADLINE = 60


def password(around: Surroundings) -> str:
    """The demo user's password, of this stack alone."""
    return around.secrets.get("demo")


async def seed(around: Surroundings) -> bool:
    """Have the tenant, its project and its user; False when an earlier run made them.

    Raises:
        StackError: identity's command failed.
    """
    # Our own database goes with the state folder; another one is told from the next by its address.
    address = around.environ.get(POSTGRES, "")
    database = hashlib.sha256(address.encode()).hexdigest() if address else "embedded"
    done = around.layout.state / "seeded"
    if done.exists() and done.read_text() == database:
        return False
    await _run_seed(around)
    done.write_text(database)
    return True


async def _run_seed(around: Surroundings) -> None:
    service = by_name(IDENTITY)
    arguments = {
        "--tenant-name": TENANT,
        "--project-name": PROJECT,
        "--email": EMAIL,
        "--password": password(around),
        "--time-zone": TIME_ZONE,
        "--session-timeout-minutes": str(SESSION_TIMEOUT_MINUTES),
    }
    command = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"ventros_{IDENTITY}",
        "seed",
        *(f"{name}={value}" for name, value in arguments.items()),
        env=environment_of(service, around),
        cwd=around.layout.root,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_DEADLINE):
            output, _ = await command.communicate()
    except TimeoutError as error:
        raise StackError("demo tenant", f"seeding took longer than {_DEADLINE} s") from error
    finally:
        # Too slow, or the start was interrupted.
        if command.returncode is None:
            command.kill()
            await command.wait()
    if command.returncode != 0:
        said = tuple(output.decode(errors="replace").splitlines()[-10:])
        raise StackError("demo tenant", "identity could not make it", tail=said)

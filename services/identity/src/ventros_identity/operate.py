"""Commands of an operator: look at the signing keys, rotate and retire them; re-wrap secrets."""

import argparse
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

from platform_core import settings as core_settings
from platform_core.clock import utc_now
from platform_core.errors import DomainError
from platform_crypto import KeyRing, Vault
from platform_http.serve import run
from platform_postgres import Database
from platform_telemetry import configure
from ventros_identity.commands import signing_keys
from ventros_identity.commands.rewrap import rewrap
from ventros_identity.domain.signing_key import state_of
from ventros_identity.settings import KeySettings
from ventros_identity.store import signing_keys as store


def keys_command(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """`keys list|rotate [--now]|retire <kid>`: the keys that tokens are signed with."""
    given = _parser().parse_args(list(argv))
    settings = core_settings.load(KeySettings, environ)
    configure("identity", settings.telemetry)
    vault = Vault(KeyRing.from_file(settings.key_ring))
    rules = signing_keys.rules(settings.token_key_days)

    async def work(db: Database) -> None:
        if given.action != "list":
            async with db.system() as tx:
                if given.action == "retire":
                    done = await signing_keys.retire(tx, given.kid, utc_now())
                elif given.now:
                    done = await signing_keys.rotate_after_leak(tx, vault, utc_now())
                else:
                    done = await signing_keys.rotate(tx, vault, rules, utc_now())
            signing_keys.tell(done)
        await _list(db)

    return run(_with_database(settings, work))


def rewrap_command(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """`rewrap`: everything that is sealed, under the key ring's active key; the last step before
    an old key is taken out."""
    argparse.ArgumentParser(prog="python -m ventros_identity rewrap").parse_args(list(argv))
    settings = core_settings.load(KeySettings, environ)
    configure("identity", settings.telemetry)
    vault = Vault(KeyRing.from_file(settings.key_ring))

    async def work(db: Database) -> None:
        changed = await rewrap(db, vault, _say)
        sys.stdout.write(f"{changed} secrets re-wrapped\n")

    return run(_with_database(settings, work))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


async def _list(db: Database) -> None:
    async with db.system() as tx:
        keys = [stored.key for stored in await store.read(tx)]
    now = utc_now()
    for key in keys:
        state = state_of(key, keys, now)
        sys.stdout.write(
            f"{key.kid} {state} published={key.published_at:%Y-%m-%dT%H:%M:%SZ}"
            f" signs={key.signs_at:%Y-%m-%dT%H:%M:%SZ}\n"
        )


async def _with_database(settings: KeySettings, work: Callable[[Database], Awaitable[None]]) -> int:
    db = Database(settings.postgres, service="identity")
    try:
        await work(db)
    except DomainError as error:
        sys.stderr.write(f"ventros-identity: {error}\n")
        return 1
    finally:
        await db.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ventros_identity keys", description="The keys that tokens are signed with."
    )
    actions = parser.add_subparsers(required=True, dest="action", metavar="action")
    actions.add_parser("list", help="every key that is published, and whether it signs")
    rotate = actions.add_parser("rotate", help="publish the next key; it signs in 15 minutes")
    rotate.add_argument(
        "--now",
        action="store_true",
        help="after a leak: a new key signs at once, all others and their tokens are refused",
    )
    retire = actions.add_parser("retire", help="let the next key sign at once in place of this one")
    retire.add_argument("kid")
    return parser

"""`python -m ventros_e2e.demo`: play the demo against the running system.

Exits with 1 and one clear line when something does not happen as it should.
"""

import asyncio
import sys
import time

import aiohttp
from rich.console import Console

from ventros_e2e.api import Api, Problem
from ventros_e2e.demo.places import NotFoundError, Places, arguments, find
from ventros_e2e.demo.screen import Screen
from ventros_e2e.demo.story import SESSION, SHOP, TIMEOUT_MINUTES, Story
from ventros_e2e.domain_events import subscribe
from ventros_e2e.lines import connect_line
from ventros_e2e.waha import Waha, WahaError
from ventros_e2e.waiting import NotHappenedError

ROUTING_KEYS = ("contact.*.v1", "session.*.v1", "message.created.v1")


async def play(places: Places, screen: Screen) -> None:
    """The whole demo. Raises what `main` translates."""
    began = time.monotonic()
    timeout = aiohttp.ClientTimeout(total=60)
    async with (
        aiohttp.ClientSession(timeout=timeout) as client,
        subscribe(places.amqp_url, ROUTING_KEYS) as events,
    ):
        api = Api(places.api_url, client)
        await api.sign_in(places.email, places.password)
        waha = Waha(places.waha_url, places.waha_key, client)
        channel = await connect_line(
            api, waha, session=SESSION, owner=SHOP, timeout_minutes=TIMEOUT_MINUTES
        )
        screen.note(f"signed in at {api.url} as {places.email}")
        screen.note(f"channel “{channel.name}”, webhooks at {channel.webhook_url}")
        await Story(api, waha, channel, events, screen).play()
        counted: dict[str, int] = {}
        for event in events.events:
            counted[event.type] = counted.get(event.type, 0) + 1
        rows = [(kind, str(count)) for kind, count in sorted(counted.items())]
        screen.table("Events that a subscriber got", ("type", "events"), rows)
    screen.end(f"all as expected, in {time.monotonic() - began:.0f} s")


def main() -> int:
    """Play; the exit code."""
    console = Console(highlight=False)
    screen = Screen(console)
    try:
        asyncio.run(play(find(arguments().parse_args()), screen))
    except (NotFoundError, NotHappenedError, Problem, WahaError) as error:
        screen.failed(str(error))
        return 1
    except (aiohttp.ClientError, OSError) as error:
        screen.failed(f"the system does not answer: {error}")
        return 1
    except KeyboardInterrupt:
        screen.failed("interrupted")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

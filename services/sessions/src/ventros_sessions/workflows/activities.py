"""What the timer does to the database."""

from temporalio import activity

from platform_bus import Bell
from platform_core.clock import utc_now
from platform_postgres import Database
from ventros_sessions.commands.end_if_idle import end_if_idle
from ventros_sessions.events import publish
from ventros_sessions.workflows.contract import Look, Timer


class SessionActivities:
    """Activities with the database and the bell that they need."""

    def __init__(self, database: Database, bell: Bell) -> None:
        self._database = database
        self._bell = bell

    @activity.defn(name="end_if_idle")
    async def end_if_idle(self, timer: Timer) -> Look:
        """End the session if its deadline has passed, with `session.ended` in the same
        transaction; done again after a crash it finds that and changes nothing."""
        async with self._database.tenant(timer.tenant_id) as tx:
            idle = await end_if_idle(tx, timer.session_id)
            if idle.ended is not None:
                await publish.say(tx, [idle.ended], utc_now())
        if idle.ended is not None:
            self._bell.ring()
        return Look(remaining_seconds=idle.remaining_seconds)

"""What channels says of gaps, kept."""

from datetime import timedelta

from platform_testkit.golden import Golden

from ..conftest import Pipeline
from ..integration.test_watch import Watched, waha, watched
from ..kept import CHATS, Waha, payload

__all__ = ["waha", "watched"]


async def test_a_gap_from_being_found_to_being_filled_is_as_kept(
    watched: Watched,
    waha: Waha,
    pipeline: Pipeline,
    golden: Golden,
) -> None:
    waha.kept = {CHATS[0]: [payload(1)]}
    await watched.quiet_for(timedelta(hours=7))
    await watched.part.run_once()
    story = [row["envelope"] for row in await pipeline.rows("ventros.events")]
    golden.check("channels", [told for told in story if b'"channel.gap_' in told])

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventros_identity.commands import secret_tokens
from ventros_identity.domain.sign_in import GRACE, judge

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("used", "expires", "kept", "verdict"),
    [
        (None, SECOND, False, "exchange"),
        (None, 0 * SECOND, False, "refuse"),
        (0 * SECOND, SECOND, True, "repeat"),
        (GRACE, SECOND, True, "repeat"),
        (GRACE + SECOND / 1000, SECOND, True, "reused"),
        (SECOND, SECOND, False, "reused"),
        # Another transaction has used it after this one began.
        (-SECOND, SECOND, True, "repeat"),
        (GRACE + SECOND, -SECOND, True, "reused"),
    ],
)
def test_what_is_done_with_a_refresh_token(
    used: timedelta | None, expires: timedelta, kept: bool, verdict: str
) -> None:
    found = judge(
        used_at=None if used is None else NOW - used,
        expires_at=NOW + expires,
        now=NOW,
        successor_kept=kept,
    )
    assert found == verdict


@given(st.text(max_size=200))
def test_whatever_is_sent_is_a_token_or_none(text: str) -> None:
    for sent in (text, f"vr_{text}"):
        token = secret_tokens.read("vr_", sent)
        assert token is None or token.text == sent


def test_a_token_is_read_as_it_was_made_and_only_as_its_kind() -> None:
    tenant_id = uuid4()
    made = secret_tokens.make("vr_", tenant_id)
    assert secret_tokens.read("vr_", made.text) == made
    assert secret_tokens.read("vp_", made.text) is None
    assert len(made.text) == 67
    assert made.hash != secret_tokens.make("vr_", tenant_id).hash

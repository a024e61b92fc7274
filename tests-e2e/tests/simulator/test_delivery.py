"""Signatures and retries, as WAHA's guide states them."""

import itertools

import pytest

from waha_simulator.delivery import (
    CustomHeader,
    Hmac,
    Policy,
    Retries,
    Webhook,
    headers,
    pauses,
    sign,
    worth_retrying,
)
from waha_simulator.ids import IdSource


def test_the_signature_is_the_one_of_wahas_guide() -> None:
    body = b'{"event":"message","session":"default","engine":"WEBJS"}'
    assert sign("my-secret-key", body) == (
        "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8"
        "097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89"
    )


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy.CONSTANT, [2, 2, 2, 2]),
        (Policy.LINEAR, [2, 4, 6, 8]),
        (Policy.EXPONENTIAL, [2, 4, 8, 16]),
    ],
)
def test_attempts_are_spaced_by_the_policy(policy: Policy, expected: list[float]) -> None:
    retries = Retries(policy=policy, delay_seconds=2, attempts=4)
    assert list(pauses(retries, itertools.repeat(0.0))) == expected


def test_exponential_spacing_has_a_fifth_of_jitter() -> None:
    retries = Retries(policy=Policy.EXPONENTIAL, delay_seconds=2, attempts=3)
    most = list(pauses(retries, itertools.repeat(1.0)))
    assert most == pytest.approx([2.4, 4.8, 9.6])


@pytest.mark.parametrize(
    ("status", "again"),
    [(None, True), (429, True), (500, True), (503, True), (200, False), (401, False), (404, False)],
)
def test_only_a_passing_trouble_is_tried_again(status: int | None, again: bool) -> None:
    assert worth_retrying(status) is again


def test_headers_sign_only_with_a_key() -> None:
    plain = Webhook(url="http://x", events=("*",))
    named = headers(plain, b"{}", request_id="r", timestamp_ms=5)
    assert named["X-Webhook-Request-Id"] == "r"
    assert named["X-Webhook-Timestamp"] == "5"
    assert "X-Webhook-Hmac" not in named
    signed = Webhook(
        url="http://x",
        events=("message",),
        hmac=Hmac(key="k"),
        custom_headers=(CustomHeader(name="X-Mine", value="1"),),
    )
    named = headers(signed, b"{}", request_id="r", timestamp_ms=5)
    assert named["X-Webhook-Hmac"] == sign("k", b"{}")
    assert named["X-Webhook-Hmac-Algorithm"] == "sha512"
    assert named["X-Mine"] == "1"


def test_a_subscription_covers_its_events_or_all() -> None:
    some = Webhook(url="http://x", events=("message", "message.ack"))
    assert some.wants("message")
    assert not some.wants("message.any")
    assert Webhook(url="http://x", events=("*",)).wants("message.any")


def test_ids_have_wahas_form_and_repeat_with_the_seed() -> None:
    one, other = IdSource(3), IdSource(3)
    made = [one.envelope(), one.stanza(from_me=True), one.request()]
    assert made == [other.envelope(), other.stanza(from_me=True), other.request()]
    assert len(made[0]) == 30
    assert made[0].startswith("evt_")
    assert made[0] == made[0].lower()
    assert made[1].startswith("3EB0")
    assert IdSource().envelope() != IdSource().envelope()

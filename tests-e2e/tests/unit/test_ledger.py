"""The ledger finds each kind of broken promise, and nothing where all were kept."""

import pytest

from ventros_e2e.ledger import Findings, Ledger, Published, Stored


@pytest.fixture
def ledger() -> Ledger:
    one = Ledger()
    for conversation in ("ana", "bruno"):
        for number in range(3):
            one.write(f"{conversation}-{number}", conversation).answered = True
    return one


def timelines(*drop: str, extra: tuple[str, ...] = ()) -> dict[str, list[Stored]]:
    found: dict[str, list[Stored]] = {}
    for conversation in ("ana", "bruno"):
        stanzas = [f"{conversation}-{number}" for number in range(3)]
        stanzas += [stanza for stanza in extra if stanza.startswith(conversation)]
        found[conversation] = [
            Stored(stanza=stanza, contact_id=f"c-{conversation}", session_id=f"s-{conversation}")
            for stanza in stanzas
            if stanza not in drop
        ]
    return found


def events(*drop: str) -> list[Published]:
    return [
        Published(event_id=f"e-{message.stanza}", stanza=message.stanza)
        for timeline in timelines(*drop).values()
        for message in timeline
    ]


def test_kept_promises_are_clean(ledger: Ledger) -> None:
    assert ledger.compare(timelines(), events(), []).clean
    again = [*events(), *events()]
    assert ledger.compare(timelines(), again, []).clean, "one event delivered twice is one event"


def test_what_was_never_answered_may_be_missing_or_there(ledger: Ledger) -> None:
    ledger.write("ana-3", "ana")
    assert ledger.compare(timelines(), events(), []).clean
    more = [*events(), Published(event_id="e-ana-3", stanza="ana-3")]
    assert ledger.compare(timelines(extra=("ana-3",)), more, []).clean


def test_a_lost_message_is_found(ledger: Ledger) -> None:
    findings = ledger.compare(timelines("ana-1"), events("ana-1"), [])
    assert findings == Findings(lost=("ana-1",))
    assert "lost: 1 (ana-1)" in findings.summary()


def test_a_doubled_and_an_unexpected_message_are_found(ledger: Ledger) -> None:
    stored = timelines(extra=("ana-2", "bruno-9"))
    published = [*events(), Published(event_id="e-9", stanza="bruno-9")]
    findings = ledger.compare(stored, published, [])
    assert findings == Findings(doubled=("ana-2",), unexpected=("bruno-9",))


def test_missing_and_doubled_events_are_found(ledger: Ledger) -> None:
    published = [*events("bruno-0"), Published(event_id="another", stanza="ana-2")]
    findings = ledger.compare(timelines(), published, [])
    assert findings == Findings(unpublished=("bruno-0",), published_twice=("ana-2",))


def test_disorder_is_found_in_timelines_and_in_events(ledger: Ledger) -> None:
    stored = timelines()
    stored["ana"].reverse()
    published = events()
    published[3], published[4] = published[4], published[3]
    assert ledger.compare(stored, published, []).disordered == ("ana", "bruno")


def test_what_was_told_in_another_order_is_in_order_in_timelines_alone() -> None:
    ledger = Ledger(told_in_order=False)
    for number in range(3):
        ledger.write(f"ana-{number}", "ana").answered = True
    stored = {"ana": timelines()["ana"]}
    published = events()[2::-1]
    assert ledger.compare(stored, published, []).clean
    stored["ana"].reverse()
    assert ledger.compare(stored, published, []).disordered == ("ana",)


def test_a_split_conversation_is_found(ledger: Ledger) -> None:
    stored = timelines()
    stored["other"] = [Stored(stanza=stored["ana"].pop().stanza, contact_id="c-x", session_id="s")]
    assert ledger.compare(stored, events(), []).split == ("ana",)


def test_what_was_set_aside_is_told(ledger: Ledger) -> None:
    assert ledger.compare(timelines(), events(), ["contacts: 1 parked"]).set_aside

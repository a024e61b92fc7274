import time
from uuid import UUID, uuid4

from platform_auth.principal import Principal, Role
from ventros_gateway.callers import Caller
from ventros_gateway.revocations import DenyMap

NOW = time.time()


def caller(
    *,
    subject: UUID | None = None,
    sign_in: UUID | None = None,
    application: UUID | None = None,
    project: UUID | None = None,
    issued_at: float = NOW,
) -> Caller:
    principal = Principal(
        tenant_id=uuid4(), project_id=project or uuid4(), subject=subject or uuid4(), kind="user",
        role=Role.ADMIN, permissions=frozenset(), sign_in_id=sign_in,
        application_id=application,
    )  # fmt: skip
    return Caller(principal, issued_at=issued_at, expires_at=issued_at + 600)


def deny(denied: DenyMap, what: str, identifier: UUID, at: float = NOW) -> None:
    denied.deny(what, identifier, made_until=at, keep_until=at + 600)  # type: ignore[arg-type]


def test_a_sign_in_that_ended_is_denied_and_no_other() -> None:
    denied, ended, user = DenyMap(), uuid4(), uuid4()
    deny(denied, "sign_in", ended)
    assert denied.denies(caller(subject=user, sign_in=ended))
    assert denied.denies(caller(subject=user, sign_in=ended, issued_at=NOW + 5))
    assert not denied.denies(caller(subject=user, sign_in=uuid4()))
    assert not denied.denies(caller(subject=user))


def test_an_application_is_denied_with_the_tokens_of_before_whomever_it_acts_for() -> None:
    denied, application = DenyMap(), uuid4()
    deny(denied, "application", application)
    assert denied.denies(caller(application=application))
    assert denied.denies(caller(subject=application, application=application, issued_at=NOW - 100))
    assert not denied.denies(caller(application=application, issued_at=NOW + 1))
    assert not denied.denies(caller(application=uuid4()))
    assert not denied.denies(caller())


def test_a_user_is_denied_with_the_tokens_of_before_and_let_in_with_later_ones() -> None:
    denied, user = DenyMap(), uuid4()
    deny(denied, "user", user)
    assert denied.denies(caller(subject=user, issued_at=NOW - 100))
    assert not denied.denies(caller(subject=user, issued_at=NOW + 1))
    assert not denied.denies(caller(issued_at=NOW - 100))


def test_a_project_that_was_closed_is_denied_with_the_tokens_of_before_to_everybody() -> None:
    denied, project, application = DenyMap(), uuid4(), uuid4()
    deny(denied, "project", project)
    assert denied.denies(caller(project=project, sign_in=uuid4()))
    assert denied.denies(caller(project=project, application=application, subject=application))
    assert not denied.denies(caller(project=project, issued_at=NOW + 1))
    assert not denied.denies(caller())


def key_caller(key: UUID) -> Caller:
    principal = Principal(
        tenant_id=uuid4(), project_id=uuid4(), subject=key, kind="api_key", role=None,
        permissions=frozenset(),
    )  # fmt: skip
    return Caller(principal, issued_at=time.monotonic(), expires_at=NOW + 600)


def test_what_was_said_of_an_api_key_before_is_good_no_longer_and_what_is_said_after_is() -> None:
    denied, key, other = DenyMap(), uuid4(), uuid4()
    before, others, hung_up = key_caller(key), key_caller(other), list[str]()
    with denied.watch(before, lambda: hung_up.append("stream")):
        deny(denied, "api_key", key)
    assert denied.denies(before)
    assert not denied.denies(others)
    assert hung_up == ["stream"]
    after = key_caller(key)
    deny(denied, "api_key", key)
    assert not denied.denies(after)


def test_a_second_change_of_a_key_is_heard_whatever_the_clock_of_identity_says() -> None:
    denied, key = DenyMap(), uuid4()
    deny(denied, "api_key", key, NOW)
    between = key_caller(key)
    deny(denied, "api_key", key, NOW - 3)
    assert denied.denies(between)
    denied.forget(NOW + 601)
    assert len(denied) == 0


def test_what_no_longer_matters_is_forgotten_and_an_earlier_word_shortens_nothing() -> None:
    denied, user = DenyMap(), uuid4()
    deny(denied, "user", user, NOW)
    deny(denied, "user", user, NOW - 300)
    denied.forget(NOW + 599)
    assert denied.denies(caller(subject=user, issued_at=NOW - 1))
    denied.forget(NOW + 601)
    assert len(denied) == 0


def test_what_is_open_is_hung_up_once_it_is_denied() -> None:
    denied, mine, others = DenyMap(), uuid4(), uuid4()
    hung_up: list[str] = []
    with (
        denied.watch(caller(sign_in=mine), lambda: hung_up.append("mine")),
        denied.watch(caller(sign_in=others), lambda: hung_up.append("others")),
    ):
        deny(denied, "sign_in", mine)
        deny(denied, "sign_in", mine)
        assert hung_up == ["mine"]
    deny(denied, "sign_in", others)
    assert hung_up == ["mine"]

"""The challenge of a 401: an error only for a token that was sent, and the way to the metadata."""

import pytest

from platform_auth.routes import ROUTES
from ventros_gateway.challenges import METADATA, Challenges

AT = "https://crm.example"
WHERE = f'resource_metadata="{AT}{METADATA}"'


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("token_missing", f"Bearer {WHERE}"),
        ("token_invalid", f'Bearer error="invalid_token", {WHERE}'),
        ("token_expired", f'Bearer error="invalid_token", {WHERE}'),
        ("token_revoked", f'Bearer error="invalid_token", {WHERE}'),
    ],
)
def test_an_error_is_told_of_a_token_that_was_sent(code: str, said: str) -> None:
    for issuer in (AT, f"{AT}/"):
        assert Challenges(issuer).of(code) == (b"www-authenticate", said.encode())


def test_who_may_not_is_told_what_is_missing() -> None:
    said = f'Bearer error="insufficient_scope", scope="contact:list", {WHERE}'
    assert Challenges(AT).to_do_more("contact:list") == (b"www-authenticate", said.encode())


@pytest.mark.parametrize("issuer", ["ventros", "", "urn:ventros", "ftp://crm.example", "https://"])
def test_an_issuer_that_is_no_address_leads_nowhere(issuer: str) -> None:
    assert Challenges(issuer).of("token_missing") == (b"www-authenticate", b"Bearer")
    invalid = b'Bearer error="invalid_token"'
    assert Challenges(issuer).of("token_invalid") == (b"www-authenticate", invalid)


def test_nothing_breaks_out_of_the_quotes() -> None:
    assert Challenges('https://crm.example/a"b').of("token_missing")[1].count(b'"') == 2


def test_the_metadata_is_a_route_that_anybody_may_read() -> None:
    assert [route.public for route in ROUTES if route.path == METADATA] == [True]

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventros_gateway.paths import is_plain

PLAIN = ["/", "/v1/contacts", "/v1/contacts/", "/webhooks/0190a8a0-0000", "/.well-known/jwks.json",
         "/docs/swagger-ui.css", "/a..b/c", "/~x_y"]  # fmt: skip
TRICKS = [
    "", "v1", "//", "/v1//contacts", "/v1/../admin", "/..", "/.", "/v1/.", "/v1/./x",
    "/v1/%2e%2e/x", "/v1/%2E", "/v1%2fcontacts", "/v1/%5c", "/v1/%252e", "/v1/a\\b", "/v1/a;b",
    "/v1/\x00", "/v1/ a", "/v1/é", "/v1/a?b", "/v1/a#b", "/v1/a%00", "/" + "a" * 1024,
]  # fmt: skip


@pytest.mark.parametrize("path", PLAIN)
def test_plain(path: str) -> None:
    assert is_plain(path.encode())


@pytest.mark.parametrize("path", TRICKS)
def test_trick(path: str) -> None:
    assert not is_plain(path.encode())


@given(st.binary(max_size=40))
def test_nothing_that_is_decoded_or_normalised_passes(path: bytes) -> None:
    if is_plain(path):
        assert path.startswith(b"/")
        assert b"%" not in path
        assert b"//" not in path
        assert not {b".", b".."} & set(path.split(b"/"))

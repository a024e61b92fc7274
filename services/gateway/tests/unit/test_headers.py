import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventros_gateway.headers import client_credentials, for_client, for_service

IDENTITY = [b"authorization", b"x-ventros-tenant-id", b"x-ventros-anything", b"x-forwarded-for",
            b"x-forwarded-host", b"forwarded", b"x-real-ip", b"cookie", b"host",
            b"true-client-ip"]  # fmt: skip


def test_what_says_who_asks_is_said_by_the_gateway_alone() -> None:
    kept = for_service(
        [(name, b"forged") for name in IDENTITY] + [(b"x-waha-hmac", b"abc"), (b"accept", b"*/*")],
        authorization="Bearer internal",
        request_id="the-request",
        client="10.0.0.1",
        scheme="https",
    )
    assert "forged" not in kept.values()
    assert dict(kept) == {
        "x-waha-hmac": "abc", "accept": "*/*", "authorization": "Bearer internal",
        "x-request-id": "the-request", "x-forwarded-proto": "https", "x-forwarded-for": "10.0.0.1",
    }  # fmt: skip


def test_a_public_route_gets_no_authorization_at_all() -> None:
    kept = for_service([(b"authorization", b"Bearer x")], authorization=None, request_id="r",
                       client=None, scheme="http")  # fmt: skip
    assert "authorization" not in kept


def test_hop_by_hop_headers_stay_on_their_hop() -> None:
    headers = [
        (b"connection", b"keep-alive, X-Private"),
        (b"x-private", b"1"),
        (b"te", b"trailers"),
        (b"transfer-encoding", b"chunked"),
        (b"upgrade", b"h2c"),
        (b"x-kept", b"1"),
    ]
    kept = for_service(headers, authorization=None, request_id="r", client=None, scheme="http")
    assert set(kept) == {"x-kept", "x-request-id", "x-forwarded-proto"}
    assert for_client([(b"Connection", b"X-Private"), (b"X-Private", b"1"), (b"X-Kept", b"1"),
                       (b"Date", b"now"), (b"Transfer-Encoding", b"chunked")]) == [
        (b"x-kept", b"1")
    ]  # fmt: skip


names = st.sampled_from(IDENTITY) | st.binary(min_size=1, max_size=12).map(bytes.lower)


@given(st.lists(st.tuples(names, st.just(b"forged")), max_size=8))
def test_no_mixture_of_headers_brings_an_identity_through(
    headers: list[tuple[bytes, bytes]],
) -> None:
    kept = for_service(headers, authorization=None, request_id="r", client=None, scheme="http")
    for name in IDENTITY:
        assert "forged" not in kept.getall(name.decode(), [])


@pytest.mark.parametrize(
    ("sent", "handed_on"),
    [
        (b"Basic YTpi", "Basic YTpi"),
        (b"basic YTpi", "basic YTpi"),
        (b"Bearer forged", None),
        (b"BasicYTpi", None),
        (b"", None),
        (None, None),
    ],
)
def test_a_client_s_own_proof_is_handed_on_and_no_token(
    sent: bytes | None, handed_on: str | None
) -> None:
    headers = [] if sent is None else [(b"authorization", sent)]
    assert client_credentials([(b"accept", b"*/*"), *headers]) == handed_on

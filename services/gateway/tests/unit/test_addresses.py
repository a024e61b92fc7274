import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventros_gateway.addresses import Peers, neighbourhood


def scope(peer: str, *headers: tuple[str, str]) -> dict[str, object]:
    return {
        "client": (peer, 1234),
        "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }


PROXIES = Peers(["10.0.0.0/8", "fd00::/8"])
FORGED = "x-forwarded-for"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", ["6.6.6.6"], "192.0.2.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.7, 10.9.9.9"], "198.51.100.7"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["6.6.6.6, nonsense"], "10.0.0.1"),
        ("fd00::1", ["2001:db8::5"], "2001:db8::5"),
    ],
)
def test_only_named_proxies_are_believed(peer: str, forwarded: list[str], address: str) -> None:
    headers = [(FORGED, value) for value in forwarded]
    assert PROXIES.of(scope(peer, *headers))[0] == address


def test_the_scheme_is_the_proxys_to_say() -> None:
    said = ("x-forwarded-proto", "https")
    assert PROXIES.of(scope("10.0.0.1", said))[1] == "https"
    assert PROXIES.of(scope("192.0.2.1", said))[1] == "http"
    assert PROXIES.of(scope("10.0.0.1", ("x-forwarded-proto", "javascript")))[1] == "http"
    assert Peers([]).of(scope("127.0.0.1", said, (FORGED, "6.6.6.6"))) == ("127.0.0.1", "http")


@given(st.lists(st.text(max_size=20), max_size=4))
def test_who_is_no_proxy_cannot_choose_an_address(values: list[str]) -> None:
    headers = [(FORGED, value) for value in values]
    asked = scope("192.0.2.1")
    asked["headers"] = [(n.encode(), v.encode("utf-8", "ignore")) for n, v in headers]
    assert PROXIES.of(asked)[0] == "192.0.2.1"


def test_an_ipv6_client_has_a_network_of_addresses() -> None:
    assert (
        neighbourhood("2001:db8:1:2:3:4:5:6")
        == neighbourhood("2001:db8:1:2::")
        == ("2001:db8:1:2::/64")
    )
    assert neighbourhood("192.0.2.1") == "192.0.2.1"
    assert neighbourhood("fe80::1%eth0") == "fe80::/64"


def test_a_network_that_is_none_is_an_error_at_start() -> None:
    with pytest.raises(ValueError, match="proxies"):
        Peers(["proxies.example"])

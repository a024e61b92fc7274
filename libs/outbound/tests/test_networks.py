"""Every range by table, and every way to write an address that is not what it seems."""

from ipaddress import ip_address, ip_network

import pytest

from platform_core.settings import SettingsError, load
from platform_outbound import AddressRefused, OutboundSettings
from platform_outbound.networks import DENIED, check_address, check_url

INNER = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
    "127.0.0.1", "127.255.255.254", "169.254.0.1", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1",
    "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:0:7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1",
    "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "2002:7f00:1::",
    "3fff::1", "3fff:fff:ffff::1", "5f00::1", "fc00::1", "fd00::1", "fdff::1", "fe80::1",
    "febf::1", "fec0::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
]  # fmt: skip

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
    "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
    "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0",
    "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255",
    "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
    "2001:1::1", "2001:4860:4860::8888", "2001:db7:ffff::1", "2001:db9::1", "2003::1",
    "2606:4700::1111", "3ffe:ffff::1", "4000::1", "5eff::1", "5f01::1", "64:ff9b:2::1",
    "64:ff9a::1", "100:0:0:1::1", "fbff::1", "fe7f::1", "::ffff:8.8.8.8",
]  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(ip_address(address), ())


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_and_each_neighbour_of_a_range_is_let_through(address: str) -> None:
    check_address(ip_address(address), ())


def test_every_range_refuses_its_first_and_last_address() -> None:
    for network in DENIED:
        for address in (network[0], network[-1]):
            with pytest.raises(AddressRefused):
                check_address(address, ())


def test_what_is_allowed_is_let_through_also_as_a_mapped_address() -> None:
    allowed = (ip_network("127.0.0.1/32"), ip_network("fd00::/16"))
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "fd00::1"):
        check_address(ip_address(address), allowed)
    for address in ("127.0.0.2", "::1", "fd01::1"):
        with pytest.raises(AddressRefused):
            check_address(ip_address(address), allowed)


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/",
        "http://0x7f.0.0.1/", "http://017700000001/", "http://1.2.3.4.5/", "http://example.0x1/",
        "http://127.0.0.1./", "http://example.1./", "http://256.1.1.1/",
        "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[fe80::1%25eth0]/",
        "http://[::ffff:7f00:1]:8080/x", "http://127.0.0.1:80/", "http://169.254.169.254/latest",
        "https://user@example.com/", "https://user:secret@example.com/", "https://:x@example.com/",
        "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "unix:///x",
        "//example.com/x", "example.com/x", "/x", "", "https://", "https:///x",
        "http://[::1/", "https://example.com:99999/", "http://\N{CIRCLED DIGIT ONE}27.0.0.1/",
    ],
)  # fmt: skip
def test_an_address_that_is_not_a_plain_public_one_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url, ())


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.com/path?a=b#c", "example.com"),
        ("https://EXAMPLE.com:8443/", "example.com"),
        ("http://1.1.1.1/", "1.1.1.1"),
        ("http://[2606:4700::1111]:80/", "2606:4700::1111"),
        ("https://4chan.example/", "4chan.example"),
        ("https://münchen.example/", "münchen.example"),
    ],
)
def test_a_plain_public_address_is_let_through(url: str, host: str) -> None:
    parsed = check_url(url, ())
    assert (parsed.host, parsed.fragment) == (host, "")


def test_who_wants_https_alone_gets_it() -> None:
    with pytest.raises(AddressRefused):
        check_url("http://example.com/", (), frozenset({"https"}))


def test_inner_networks_are_for_development_alone() -> None:
    given = {"VENTROS_OUTBOUND_ALLOW": "127.0.0.0/8, ::1/128"}
    with pytest.raises(SettingsError, match="production"):
        _ = load(OutboundSettings, given).allowed
    development = load(OutboundSettings, {**given, "VENTROS_ENVIRONMENT": "development"})
    assert development.allowed == (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert load(OutboundSettings, {}).allowed == ()
    broken = {"VENTROS_OUTBOUND_ALLOW": "home", "VENTROS_ENVIRONMENT": "development"}
    with pytest.raises(SettingsError, match="home"):
        _ = load(OutboundSettings, broken).allowed

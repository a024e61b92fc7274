"""Where codes may be sent to."""

import pytest

from ventros_identity.domain.application import (
    RedirectUriNotAllowed,
    allowed_redirect_uris,
    registered,
)

LOOPBACK = ["http://127.0.0.1/back", "http://[::1]:80/back", "http://127.0.0.1:49152/back?a=1"]


@pytest.mark.parametrize("uri", ["https://a.example", "https://a.example:8443/b?c=d"])
def test_https_is_for_everybody(uri: str) -> None:
    assert allowed_redirect_uris([uri, uri], "confidential") == [uri]
    assert allowed_redirect_uris([uri], "public") == [uri]


@pytest.mark.parametrize("uri", LOOPBACK)
def test_the_machine_of_the_person_is_for_public_ones(uri: str) -> None:
    assert allowed_redirect_uris([uri], "public") == [uri]
    with pytest.raises(RedirectUriNotAllowed):
        allowed_redirect_uris([uri], "confidential")


@pytest.mark.parametrize(
    "uri",
    [
        "http://a.example/",
        "http://localhost/",
        "http://127.0.0.1.a.example/",
        "http://127.0.0.1@a.example/",
        "https://user@a.example/",
        "https://a.example/#fragment",
        "https://a.example/#",
        "https://a.example\\@b.example/",
        "https://a.example/ b",
        "https://á.example/",
        "https://",
        "https:///path",
        "https://a.example:99999/",
        "https://[::1/",
        "javascript:alert(1)",
        "//a.example/",
        "/back",
        "HTTPS//a",
        "https://a.example/\n",
        "",
    ],
)
def test_no_code_is_ever_sent_there(uri: str) -> None:
    with pytest.raises(RedirectUriNotAllowed):
        allowed_redirect_uris([uri], "public")


@pytest.mark.parametrize(
    ("uri", "yes"),
    [
        ("https://a.example/back", True),
        ("https://a.example/back/", False),
        ("https://a.example/back?x=1", False),
        ("https://a.example:443/back", False),
        ("https://A.example/back", False),
        ("https://a.example/back/../back", False),
        ("http://127.0.0.1/back", True),
        ("http://127.0.0.1:4000/back", True),
        ("http://127.0.0.1:65536/back", False),
        ("http://127.0.0.1:/back", False),
        ("http://127.0.0.1:4000/other", False),
        ("http://127.0.0.2:4000/back", False),
        ("https://127.0.0.1:4000/back", False),
        ("http://[::1]:4000/back", True),
        ("http://[::2]:4000/back", False),
        ("http://localhost:4000/back", False),
        ("http://127.0.0.1:4000@evil.example/back", False),
        ("http://127.0.0.1:4000/back#x", False),
    ],
)
def test_addresses_are_compared_to_the_letter_but_for_a_port_at_home(uri: str, yes: bool) -> None:
    uris = ["https://a.example/back", "http://127.0.0.1:1/back", "http://[::1]/back"]
    assert registered(uri, uris) is yes

from base64 import b64encode
from pathlib import Path

import msgspec
import pytest

from platform_crypto import KeyRing, KeyRingError, new_key_ring_file

KEY = b64encode(b"k" * 32).decode()


def ring(active: str, **keys: str) -> bytes:
    return msgspec.json.encode({"active": active, "keys": keys})


def test_a_ring_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(ring("a", a=KEY))
    assert KeyRing.from_file(path).active_key_id == "a"


def test_a_new_ring_is_usable_and_random() -> None:
    one, two = new_key_ring_file("a"), new_key_ring_file("a")
    assert one != two
    assert KeyRing.from_json(one).active_key_id == "a"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"{", "expected JSON"),
        (b"[]", "expected JSON"),
        (b'{"active":"a","keys":{},"other":1}', "expected JSON"),
        (ring("a"), "'a' is not in the ring"),
        (ring("b", a=KEY), "'b' is not in the ring"),
        (ring("a", a="!!"), "base64"),
        (ring("a", a=b64encode(b"short").decode()), "5 bytes instead of 32"),
        (ring("", **{"": KEY}), "1 to 64 bytes"),
    ],
)
def test_a_ring_that_cannot_be_used_says_why(text: bytes, reason: str) -> None:
    with pytest.raises(KeyRingError, match=reason):
        KeyRing.from_json(text)


def test_errors_show_the_path_and_never_the_key(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    with pytest.raises(KeyRingError, match=r"keys\.json: No such file"):
        KeyRing.from_file(path)
    path.write_bytes(ring("a", a="canary-secret"))
    with pytest.raises(KeyRingError) as caught:
        KeyRing.from_file(path)
    assert "canary" not in str(caught.value) + repr(caught.value.__cause__)

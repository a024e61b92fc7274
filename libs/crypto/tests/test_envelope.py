from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from platform_crypto import Context, DecryptionError, KeyRing, Vault

OLD = b"\x01" * 32
NEW = b"\x02" * 32
HERE = Context(
    service="channels",
    table="credential",
    tenant_id=UUID(int=1),
    record_id=UUID(int=2),
    field="hmac_key",
    version=1,
)

contexts = st.builds(
    Context,
    service=st.text(max_size=8),
    table=st.text(max_size=8),
    tenant_id=st.uuids(),
    record_id=st.uuids(),
    field=st.text(max_size=8),
    version=st.integers(min_value=0, max_value=2**31),
)


def vault(active: str = "old", **keys: bytes) -> Vault:
    return Vault(KeyRing(keys or {"old": OLD}, active))


@given(secret=st.binary(), context=contexts)
def test_what_was_sealed_opens_in_its_place(secret: bytes, context: Context) -> None:
    assert vault().open(vault().seal(secret, context), context) == secret


@given(here=contexts, there=contexts)
def test_a_blob_in_another_place_does_not_open(here: Context, there: Context) -> None:
    assume(here != there)
    with pytest.raises(DecryptionError):
        vault().open(vault().seal(b"secret", here), there)


@pytest.mark.parametrize(
    "change",
    [
        {"service": "contacts"},
        {"table": "credentia", "field": "lhmac_key"},
        {"tenant_id": uuid4()},
        {"record_id": uuid4()},
        {"field": "api_key"},
        {"version": 2},
    ],
)
def test_every_part_of_the_place_is_bound(change: dict[str, object]) -> None:
    blob = vault().seal(b"secret", HERE)
    with pytest.raises(DecryptionError):
        vault().open(blob, msgspec.structs.replace(HERE, **change))


@given(position=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_a_changed_byte_does_not_open(position: int, flip: int) -> None:
    blob = bytearray(vault().seal(b"secret", HERE))
    blob[position % len(blob)] ^= flip
    with pytest.raises(DecryptionError):
        vault().open(bytes(blob), HERE)


@given(st.data())
def test_a_cut_or_foreign_blob_is_a_decryption_error(data: st.DataObject) -> None:
    blob = vault().seal(b"secret", HERE)
    cut = blob[: data.draw(st.integers(min_value=0, max_value=len(blob) - 1))]
    with pytest.raises(DecryptionError):
        vault().open(cut, HERE)
    with pytest.raises(DecryptionError):
        vault().open(data.draw(st.binary(max_size=200)), HERE)


def test_another_key_under_the_same_id_does_not_open() -> None:
    with pytest.raises(DecryptionError):
        vault(old=NEW).open(vault(old=OLD).seal(b"secret", HERE), HERE)


def test_rotation_reads_old_and_new_until_the_old_key_is_gone() -> None:
    before = vault().seal(b"secret", HERE)
    both = vault("new", old=OLD, new=NEW)
    assert both.open(before, HERE) == b"secret"
    after = both.rewrap(before, HERE)
    assert (both.key_id(before), both.key_id(after)) == ("old", "new")
    assert both.rewrap(after, HERE) == after

    only_new = vault("new", new=NEW)
    assert only_new.open(after, HERE) == b"secret"
    with pytest.raises(DecryptionError, match="'old' is not in the ring"):
        only_new.open(before, HERE)


def test_rewrapping_needs_the_right_place_too() -> None:
    both = vault("new", old=OLD, new=NEW)
    with pytest.raises(DecryptionError):
        both.rewrap(vault().seal(b"secret", HERE), msgspec.structs.replace(HERE, version=2))


def test_the_same_secret_never_gives_the_same_blob() -> None:
    assert len({vault().seal(b"secret", HERE) for _ in range(50)}) == 50

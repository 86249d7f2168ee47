"""A sealed blob gives back what was put in, or says that it is damaged; never anything else."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.recordings.sealing import (
    CHUNK_BYTES,
    HEADER_BYTES,
    TAG_BYTES,
    Damaged,
    Header,
    Opener,
    TenantKey,
    is_sealed,
    rewrapped,
    sealed,
)

KEY, OTHER = TenantKey(1, bytes(32)), TenantKey(2, bytes([1]) * 32)
LABEL = b"tenant and blob"
SIZE_AT = 12  # of the header: the first of its eight bytes
STORED_CHUNK = CHUNK_BYTES + TAG_BYTES

sizes = st.integers(0, 3 * CHUNK_BYTES + 5) | st.sampled_from([0, CHUNK_BYTES, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 1])


def content(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def seal(plain: bytes, key: TenantKey = KEY, label: bytes = LABEL) -> bytes:
    return b"".join(sealed(io.BytesIO(plain), len(plain), key, label))


def opened(blob: bytes, start: int = 0, length: int | None = None, key: TenantKey = KEY, label: bytes = LABEL) -> bytes:
    header = Header.parse(blob[:HEADER_BYTES])
    opener = Opener(header, header.data_key(key, label), start, length)
    stored = blob[opener.offset : opener.offset + opener.stored]
    pieces = [piece for at in range(0, len(stored), 50_000) for piece in opener.feed(stored[at : at + 50_000])]
    opener.finish()
    return b"".join(pieces)


@given(sizes)
def test_what_was_put_in_comes_out(size: int) -> None:
    blob = seal(content(size))
    assert opened(blob) == content(size)
    assert len(blob) == Header.parse(blob[:HEADER_BYTES]).stored_bytes


@given(sizes, st.integers(0, 4 * CHUNK_BYTES), st.none() | st.integers(0, 4 * CHUNK_BYTES))
def test_every_span_is_the_span_of_the_plain_content(size: int, start: int, length: int | None) -> None:
    plain = content(size)
    end = None if length is None else start + length
    assert opened(seal(plain), start, length) == plain[start:end]


def test_a_span_reads_the_chunks_it_needs_and_no_others() -> None:
    header = Header.parse(seal(content(3 * CHUNK_BYTES))[:HEADER_BYTES])
    opener = Opener(header, header.data_key(KEY, LABEL), CHUNK_BYTES + 10, 20)
    assert (opener.offset, opener.stored) == (HEADER_BYTES + STORED_CHUNK, STORED_CHUNK)


@given(st.integers(1, CHUNK_BYTES + 9), st.data())
def test_no_flipped_bit_gets_through(size: int, data: st.DataObject) -> None:
    blob = bytearray(seal(content(size)))
    place = data.draw(st.integers(0, len(blob) - 1))
    blob[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Damaged):
        opened(bytes(blob))


@pytest.mark.timeout(5)
def test_a_size_that_no_file_has_is_found_damaged_at_once() -> None:
    blob = bytearray(seal(content(10)))
    blob[SIZE_AT] ^= 0x80
    with pytest.raises(Damaged):
        opened(bytes(blob))


@given(st.integers(1, 2 * CHUNK_BYTES + 9), st.data())
def test_a_blob_that_was_cut_off_does_not_open(size: int, data: st.DataObject) -> None:
    blob = seal(content(size))
    with pytest.raises(Damaged):
        opened(blob[: data.draw(st.integers(0, len(blob) - 1))])


def test_a_blob_cut_off_between_chunks_with_its_size_made_to_fit_does_not_open() -> None:
    blob = seal(content(2 * CHUNK_BYTES))
    shorter = blob[: HEADER_BYTES + STORED_CHUNK]
    forged = shorter[:12] + CHUNK_BYTES.to_bytes(8, "big") + shorter[20:]
    assert Header.parse(forged[:HEADER_BYTES]).size == CHUNK_BYTES
    with pytest.raises(Damaged):
        opened(forged)


def test_chunks_that_changed_places_do_not_open() -> None:
    blob = seal(content(3 * CHUNK_BYTES))
    body = blob[HEADER_BYTES:]
    first, second, rest = body[:STORED_CHUNK], body[STORED_CHUNK : 2 * STORED_CHUNK], body[2 * STORED_CHUNK :]
    with pytest.raises(Damaged):
        opened(blob[:HEADER_BYTES] + second + first + rest)


def test_chunks_of_another_blob_do_not_open() -> None:
    one, two = seal(content(2 * CHUNK_BYTES)), seal(content(2 * CHUNK_BYTES))
    with pytest.raises(Damaged):
        opened(one[: HEADER_BYTES + STORED_CHUNK] + two[HEADER_BYTES + STORED_CHUNK :])


def test_neither_another_tenants_key_nor_another_blobs_name_opens_it() -> None:
    blob = seal(content(10))
    with pytest.raises(Damaged):
        opened(blob, key=TenantKey(1, OTHER.secret))
    with pytest.raises(Damaged):
        opened(blob, label=b"another blob")


def test_under_a_new_key_only_the_header_changes() -> None:
    blob = seal(content(CHUNK_BYTES + 1))
    header = rewrapped(Header.parse(blob[:HEADER_BYTES]), KEY, OTHER, LABEL)
    moved = bytes(header) + blob[HEADER_BYTES:]
    assert header.version == OTHER.version
    assert opened(moved, key=OTHER) == content(CHUNK_BYTES + 1)
    with pytest.raises(Damaged):
        opened(moved, key=KEY)


def test_two_seals_of_the_same_content_share_nothing() -> None:
    one, two = seal(content(1000)), seal(content(1000))
    assert one[HEADER_BYTES:] != two[HEADER_BYTES:]
    assert content(1000)[:16] not in one


def test_a_wav_is_not_taken_for_a_sealed_file() -> None:
    assert not is_sealed(b"RIFF" + bytes(80))
    with pytest.raises(Damaged):
        Header.parse(b"RIFF" + bytes(HEADER_BYTES - 4))


def test_a_key_does_not_show_itself() -> None:
    assert repr(OTHER) == "TenantKey(2, …)"

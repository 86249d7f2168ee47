"""What every BlobStore does. A scaled adapter joins by adding its factory to STORES."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.adapters import FolderBlobStore
from kernel.adapters.blob_store import CHUNK_BYTES
from kernel.ports.blob_store import BlobStore
from kernel.primitives.errors import NotFound

STORES: dict[str, Callable[[Path], BlobStore]] = {"folder": lambda path: FolderBlobStore(path / "blobs")}
KEY = "recordings/ours/2026/03/02/one.wav"


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return STORES[request.param](tmp_path)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(bytes(range(256)))
    return path


async def read(store: BlobStore, key: str = KEY, start: int = 0, length: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in store.open(key, start, length)])


async def test_what_was_put_can_be_read_and_measured(store: BlobStore, source: Path) -> None:
    await store.put(KEY, source)
    assert await read(store) == source.read_bytes()
    assert await store.size(KEY) == 256


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, 10, range(10)),
        (250, None, range(250, 256)),
        (250, 100, range(250, 256)),
        (256, 1, []),
        (999, None, []),
        (5, 0, []),
    ],
)
async def test_a_range_is_streamed(
    store: BlobStore, source: Path, start: int, length: int | None, expected: range
) -> None:
    await store.put(KEY, source)
    assert await read(store, KEY, start, length) == bytes(expected)


@pytest.mark.parametrize(("start", "length"), [(-1, None), (0, -1)])
async def test_a_range_that_means_nothing_is_refused(store: BlobStore, source: Path, start: int, length: int) -> None:
    await store.put(KEY, source)
    with pytest.raises(ValueError, match="range"):
        await read(store, KEY, start, length)


async def test_a_large_blob_comes_in_pieces(store: BlobStore, tmp_path: Path) -> None:
    content = bytes(CHUNK_BYTES) + b"end"
    (tmp_path / "large").write_bytes(content)
    await store.put(KEY, tmp_path / "large")
    pieces = [piece async for piece in store.open(KEY, start=1)]
    assert len(pieces) > 1
    assert b"".join(pieces) == content[1:]


async def test_changing_the_source_later_changes_nothing(store: BlobStore, source: Path) -> None:
    await store.put(KEY, source)
    source.write_bytes(b"something else")
    assert await read(store) == bytes(range(256))


async def test_putting_again_replaces_the_blob_whole(store: BlobStore, source: Path) -> None:
    await store.put(KEY, source)
    reading = store.open(KEY, 0, 10)
    source.write_bytes(b"new")
    await store.put(KEY, source)
    assert await read(store) == b"new"
    assert b"".join([chunk async for chunk in reading]) in (b"new", bytes(range(10)))


async def test_a_put_that_fails_leaves_what_was_there(store: BlobStore, source: Path, tmp_path: Path) -> None:
    await store.put(KEY, source)
    with pytest.raises(OSError, match=r".*"):
        await store.put(KEY, tmp_path / "missing")
    assert await read(store) == source.read_bytes()


async def test_two_puts_at_once_leave_one_of_them_whole(store: BlobStore, source: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"x" * 5_000)
    await asyncio.gather(*(store.put(KEY, path) for path in (source, other) * 5))
    assert await read(store) in (source.read_bytes(), other.read_bytes())


async def test_what_is_not_there_is_not_found(store: BlobStore, source: Path) -> None:
    with pytest.raises(NotFound):
        await store.size(KEY)
    with pytest.raises(NotFound):
        await read(store)
    await store.put(KEY, source)
    with pytest.raises(NotFound):
        await read(store, "recordings/ours")
    with pytest.raises(NotFound):
        await store.size(f"{KEY}/deeper")


async def test_deleting_is_done_once_or_often(store: BlobStore, source: Path) -> None:
    await store.put(KEY, source)
    await store.delete(KEY)
    await store.delete(KEY)
    with pytest.raises(NotFound):
        await read(store)


async def test_a_link_is_a_url_or_nothing(store: BlobStore, source: Path) -> None:
    await store.put(KEY, source)
    link = await store.link(KEY, 60)
    assert link is None or link.startswith("https://")


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../outside", "a/../../outside", "a//b", "a/./b", "a/", "a\\b", "a\0b", "..", ".incoming/x"],
)
async def test_a_key_outside_the_store_is_refused(store: BlobStore, source: Path, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        await store.put(key, source)
    with pytest.raises(ValueError, match="key"):
        await read(store, key)
    with pytest.raises(ValueError, match="key"):
        await store.size(key)
    with pytest.raises(ValueError, match="key"):
        await store.delete(key)
    with pytest.raises(ValueError, match="key"):
        await store.link(key, 1)

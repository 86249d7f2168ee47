"""Requests to servers that tenants name: they reach no private network, and end."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from api.auth.sign_on.fetching import LARGEST, CannotFetch, Fetcher, check_url


@asynccontextmanager
async def answering(answer: bytes) -> AsyncGenerator[str]:
    """A server that says the same to everybody."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@pytest.mark.parametrize(
    ("url", "private", "right"),
    [
        ("https://id.example", False, True),
        ("https://id.example:8443/realm", False, True),
        ("http://id.example", False, False),
        ("http://id.example", True, False),
        ("http://127.0.0.1:80", False, False),
        ("http://127.0.0.1:80", True, True),
        ("http://[::1]:80", True, True),
        ("http://localhost", True, True),
        ("http://10.0.0.1", True, False),
        ("https://id.example:notaport", False, False),
        ("https://[", False, False),
        ("file:///etc/passwd", True, False),
        ("https://id.example/#x", False, False),
        ("", False, False),
    ],
)
def test_which_urls_may_be_asked(url: str, private: bool, right: bool) -> None:
    assert (check_url(url, private) is None) is right


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "10.1.2.3", "192.168.0.1", "169.254.169.254", "localhost", "0.0.0.0"]
)
async def test_private_networks_are_never_reached(host: str) -> None:
    with pytest.raises(CannotFetch, match="private network"):
        await Fetcher(private=False).get(f"https://{host}/")


async def test_a_right_answer_is_given() -> None:
    async with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") as url:
        fetched = await Fetcher(private=True).get(url)
    assert (fetched.status, fetched.body) == (200, b"{}")


async def test_redirects_are_not_followed() -> None:
    async with answering(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n") as url:
        assert (await Fetcher(private=True).get(url)).status == 302


async def test_an_endless_answer_ends() -> None:
    body = b"x" * (LARGEST + 1)
    async with answering(b"HTTP/1.1 200 OK\r\n\r\n" + body) as url:
        with pytest.raises(CannotFetch, match="too long"):
            await Fetcher(private=True).get(url)


@pytest.mark.parametrize("answer", [b"", b"no HTTP at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
async def test_what_is_no_answer_is_an_error_with_words(answer: bytes) -> None:
    async with answering(answer) as url:
        with pytest.raises(CannotFetch, match="cannot be reached"):
            await Fetcher(private=True).get(url)

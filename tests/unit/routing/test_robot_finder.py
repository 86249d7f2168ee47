"""Where a flow's robot may be called, and where it may not."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from kernel.adapters.web import GuardedWeb
from kernel.contracts.robots import RobotPlace
from kernel.primitives.ids import TenantId
from kernel.primitives.web_guard import WebRules
from routing.errands.robots import RobotFinder
from routing.flows.run.effects import ConnectRobot
from routing.flows.run.words import RobotFailed

TENANT = TenantId(UUID(int=1))
OUTSIDE, URL = "93.184.215.14", "wss://robot.example.com/talk"
PLAIN = WebRules(plain_hosts=frozenset({"old.example.com"}))


class Robots:
    def __init__(self, url: str | None) -> None:
        self._url = url

    async def url(self, tenant: TenantId, name: str) -> str | None:
        return self._url if (tenant, name) == (TENANT, "reception") else None


def find(url: str | None, addresses: Sequence[str] = (OUTSIDE,), name: str = "reception") -> RobotPlace | RobotFailed:
    asked: list[str] = []

    async def resolve(host: str) -> Sequence[str]:
        asked.append(host)
        return addresses

    finder = RobotFinder(GuardedWeb(PLAIN, resolver=resolve), Robots(url))
    wish = ConnectRobot(turn=3, robot=name, send={}, seconds=60.0)
    return asyncio.run(finder.find(TENANT, wish))


def test_its_url_goes_with_the_addresses_that_were_judged() -> None:
    assert find(URL) == RobotPlace("reception", URL, (OUTSIDE,))
    assert find("ws://old.example.com/") == RobotPlace("reception", "ws://old.example.com/", (OUTSIDE,))


@pytest.mark.parametrize(
    ("url", "addresses", "why"),
    [
        (URL, ("127.0.0.1",), "address"),
        (URL, (OUTSIDE, "10.0.0.7"), "address"),
        (URL, ("169.254.169.254",), "address"),
        (URL, (), "unresolved"),
        ("ws://robot.example.com/talk", (OUTSIDE,), "scheme"),
        ("wss://robot.example.com:22/talk", (OUTSIDE,), "port"),
        ("wss://127.0.0.1/talk", (), "host"),
        (None, (OUTSIDE,), "no such robot"),
    ],
)
def test_others_are_not_called(url: str | None, addresses: Sequence[str], why: str) -> None:
    assert find(url, addresses) == RobotFailed(turn=3, why=why)

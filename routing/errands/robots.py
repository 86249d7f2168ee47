"""Finding tenants' robots for flows: the media engine calls their servers, at addresses that are judged here."""

import asyncio
from typing import Protocol

from kernel.contracts.robots import RobotPlace
from kernel.ports.web import NoAnswer, WebAddresses
from kernel.primitives.ids import TenantId
from kernel.primitives.web_guard import as_http
from routing.flows.limits import ANSWER_GUARD_SECONDS
from routing.flows.run.effects import ConnectRobot
from routing.flows.run.words import RobotFailed


class RobotUrls(Protocol):
    async def url(self, tenant: TenantId, name: str) -> str | None: ...


class RobotFinder:
    def __init__(self, web: WebAddresses, urls: RobotUrls) -> None:
        self._web = web
        self._urls = urls

    async def find(self, tenant: TenantId, asked: ConnectRobot) -> RobotPlace | RobotFailed:
        try:
            async with asyncio.timeout(ANSWER_GUARD_SECONDS):
                url = await self._urls.url(tenant, asked.robot)
                if url is None:
                    return RobotFailed(turn=asked.turn, why="no such robot")
                addresses = await self._web.addresses(as_http(url))
        except TimeoutError:
            return RobotFailed(turn=asked.turn, why="time")
        except NoAnswer as failure:
            return RobotFailed(turn=asked.turn, why=str(failure))
        return RobotPlace(asked.robot, url, tuple(addresses))

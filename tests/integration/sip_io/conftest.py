"""Stations that are closed after the test, and an authority for their certificates."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from gateway.io.listeners import DriverSettings, Listener
from tests.integration.sip_io.stations import Station

Start = Callable[..., Awaitable[Station]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    stations: list[Station] = []

    async def start(*listeners: Listener, settings: DriverSettings | None = None) -> Station:
        stations.append(await Station().start(*listeners, settings=settings))
        return stations[-1]

    yield start
    for station in stations:
        await station.driver.close()

"""Agents, callers, a gateway that repeats and overtakes itself, changing directories and restarts, in any order."""

import pytest
from hypothesis import HealthCheck, settings

from tests.unit.routing.routing_machine import RoutingMachine

pytestmark = pytest.mark.timeout(180)  # some 12 s; a machine with other work takes its time


TestRouting = RoutingMachine.TestCase
TestRouting.settings = settings(
    max_examples=60, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

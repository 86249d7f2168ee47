"""What flows ask of the world outside: tenants' servers and robots, and voices."""

from routing.errands.lookups import LookupClient
from routing.errands.robots import RobotFinder
from routing.errands.runner import ErrandRunner, StoredCredentials, StoredRobots

__all__ = ["ErrandRunner", "LookupClient", "RobotFinder", "StoredCredentials", "StoredRobots"]

"""What the browser sessions need of others."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from gateway.softphone.presence import Verdict
from kernel.contracts.calls import Fault
from kernel.contracts.engine import Answer, Command
from kernel.contracts.softphone import SoftphoneFromGateway
from kernel.primitives.ids import TenantId, UserId


class DeskPush(Protocol):
    async def push(self, tenant: TenantId, agent: UserId, message: SoftphoneFromGateway) -> None:
        """Hand it to the agent's desk; dropped where no desk is open, for its next one asks by SoftphoneResume."""
        ...


class PhoneHost(Protocol):
    """One agent's surroundings. All of a phone's work runs in the order of `post`."""

    async def request(self, command: Command) -> Answer:
        """EngineRefused or EngineLost."""
        ...

    async def push(self, message: SoftphoneFromGateway) -> None:
        """To the agent's desk; what cannot be pushed is lost, for the desk asks by SoftphoneResume."""
        ...

    async def save(self, leg: str | None, told: bool, verdict: Verdict, fault: Fault) -> None:
        """Write down the leg that works and what routing was told, and report the verdict, in one transaction."""
        ...

    async def attach(self, leg: str) -> None:
        """The agent's call, if there is one, goes on over `leg`; returns when it does."""
        ...

    async def detach(self, leg: str) -> None:
        """The agent's call has to do without `leg`."""
        ...

    def post(self, work: Callable[[], Awaitable[None]]) -> None: ...

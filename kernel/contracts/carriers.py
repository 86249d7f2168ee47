"""Alarms in a tenant's log about its ways to carriers and telephones."""

from datetime import datetime

from kernel.contracts.base import Message
from kernel.primitives.ids import TrunkId


class TrunkStateChanged(Message, frozen=True, tag="trunk.state_changed"):
    """An alarm: a carrier does not answer, or does not know where we are; or it is well again.

    `state` is "up", "down", "registered", "unregistered"; `status` the SIP status that decided (408: no answer).
    """

    trunk: TrunkId
    name: str
    state: str
    status: int = 0


class CertificateEnding(Message, frozen=True, tag="certificate.ending"):
    """An alarm, told once a day by each gateway: a certificate of the tenant's ends soon, or has ended.

    `name` is the trunk's by which it is shown to a carrier, or the telephone domain at which it is shown.
    """

    name: str
    ends_at: datetime


CarrierEvent = TrunkStateChanged | CertificateEnding

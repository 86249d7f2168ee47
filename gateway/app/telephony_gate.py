"""Who is answered on the gateway's SIP ports: trunks, and telephones that proved who they are."""

from collections.abc import Container

from gateway.registrar.admission import PhoneAdmission
from gateway.sip.flow import Flow, Transport
from gateway.sip.gate import Refusal
from gateway.sip.message import Request
from gateway.trunks.book import TrunkBook


class TelephonyGate:
    """A request to a telephone domain is a telephone's, even from the address of a trunk: a proxy may serve both."""

    def __init__(self, trunks: TrunkBook, phones: PhoneAdmission, transports: Container[Transport]) -> None:
        """`transports`: by which telephones are served."""
        self._trunks = trunks
        self._phones = phones
        self._transports = transports

    def is_known(self, flow: Flow) -> bool:
        """Whether anything that comes by `flow` is read at all."""
        return self._trunks.speaks(flow) or self._serves_phones(flow)

    def _serves_phones(self, flow: Flow) -> bool:
        return self._phones.is_open and flow.transport in self._transports

    def trusts(self, flow: Flow, /) -> bool:
        """See gateway.sip.gate.Gate."""
        return self._trunks.speaks(flow) or self._phones.trusts(flow)

    def screen(self, request: Request, flow: Flow, now: float, /) -> Refusal | bool:
        """See gateway.sip.gate.Gate."""
        realm = self._trunks.realm_of(flow)
        verdict = self._phones.screen(request, flow, now, realm) if self._serves_phones(flow) else None
        if verdict is not None:
            return verdict
        if self._trunks.speaks(flow):
            return True
        self._phones.note_stranger(flow, now)
        return False

    def way_to(self, contact: str, /) -> Flow | None:
        """See gateway.sip.gate.Gate."""
        return self._phones.way_to(contact)

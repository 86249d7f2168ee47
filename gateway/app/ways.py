"""The ways to a party: trunks for numbers, bindings for telephones that register with us."""

from collections.abc import Sequence

from gateway.app.far_leg import BROWSERS
from gateway.app.ports import PhonePlaces
from gateway.calls import causes
from gateway.calls.model import Party
from gateway.sip.name_addr import NameAddr
from gateway.sip.uri import Uri
from gateway.trunks.attempt import Attempt
from gateway.trunks.book import TrunkBook
from gateway.trunks.caller import ANONYMOUS
from gateway.trunks.carried import NOTHING, Carried
from gateway.trunks.ports import RegisteredPlace
from kernel.contracts.calls import EndCause
from kernel.contracts.telephony import PartyAddress, PhoneParty, TrunkParty
from kernel.primitives.ids import TenantId

PHONE_CODECS = ("opus", "G722", "PCMA", "PCMU")  # what telephones of today speak, the best first


class Ways:
    """Asked at the moment a party is dialled."""

    def __init__(self, trunks: TrunkBook, phones: PhonePlaces) -> None:
        self._trunks = trunks
        self._phones = phones

    def to_party(self, tenant: TenantId, to: PartyAddress, carried: Carried = NOTHING) -> Sequence[Attempt]:
        """Best first; none where nothing leads there. `carried`: what a forwarded call brings along."""
        return self.to_phone(tenant, to) if isinstance(to, PhoneParty) else self.to_number(tenant, to, carried)

    def to_number(self, tenant: TenantId, to: TrunkParty, carried: Carried = NOTHING) -> Sequence[Attempt]:
        """DiallingRefused by the tenant's limits."""
        return self._trunks.attempts(tenant, to.called, to.caller, to.trunk, carried)

    def to_phone(self, tenant: TenantId, to: PhoneParty) -> Sequence[Attempt]:
        """Where it registered last comes first."""
        return [
            Attempt(
                target=place.uri,
                from_=_shown(place.uri, to),
                to=NameAddr.of(place.uri),
                destination=place.destination,
                route=place.route,
                codecs=PHONE_CODECS,
                ipv6=":" in place.destination.remote.host,
                web=_is_browser(place),
                phone=to.user,
                limited=False,
            )
            for place in self._phones.places(tenant, to.user)
        ]


def no_way(to: Party | None) -> EndCause:
    """Why nobody can be dialled where no way leads there; None: to the callee of an outbound call."""
    return causes.NOT_REGISTERED if to is not None and isinstance(to.to, PhoneParty) else causes.UNKNOWN_TRUNK


def _is_browser(place: RegisteredPlace) -> bool:
    """Who speaks SIP over WebSocket, to us or to a proxy before us (RFC 7118 5.2)."""
    return place.destination.transport in BROWSERS or Uri.parse(place.uri).transport in BROWSERS


def _shown(uri: str, to: PhoneParty) -> NameAddr:
    shown = to.caller.e164 if to.caller is not None else to.by
    host = uri.rpartition("@")[2].partition(";")[0]
    return NameAddr.of(f"sip:{shown}@{host}") if shown else ANONYMOUS

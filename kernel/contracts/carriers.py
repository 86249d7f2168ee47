"""Alarms in a tenant's log about its ways to carriers and telephones."""

from datetime import datetime
from enum import StrEnum

from kernel.contracts.base import Message
from kernel.primitives.ids import TrunkId


class TrunkReason(StrEnum):
    """Why a carrier cannot be used, as far as a person can act on it. "Its" certificate is the carrier's."""

    NO_ANSWER = "no_answer"  # sent, and silence
    REFUSED = "refused"  # by the SIP status told beside it
    CREDENTIALS_REFUSED = "credentials_refused"  # a REGISTER: by 401, 403, 404 or 407
    HOST_NOT_FOUND = "host_not_found"  # the name servers know no place for it
    UNREACHABLE = "unreachable"  # no connection: refused, no way there, or silence
    CONNECTION_CLOSED = "connection_closed"  # by the carrier, before it answered, and without a word why
    UNKNOWN_AUTHORITY = "unknown_authority"  # nobody whom the trunk believes signed its certificate
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    NAME_MISMATCH = "name_mismatch"  # its certificate does not bear the name that was dialled
    CERTIFICATE_INVALID = "certificate_invalid"  # its certificate is wrong otherwise, such as one that is for no server
    CERTIFICATE_REFUSED = "certificate_refused"  # ours, or that we showed none
    HANDSHAKE_FAILED = "handshake_failed"  # no TLS for another reason, or none was told
    OWN_CERTIFICATE_UNUSABLE = "own_certificate_unusable"  # it cannot be read, or does not fit its key
    NO_LISTENER = "no_listener"  # the gateway does not speak the trunk's transport


class TrunkStateChanged(Message, frozen=True, tag="trunk.state_changed"):
    """An alarm: a carrier does not answer, or does not know where we are; or it is well again.

    `state` is "up", "down", "registered", "unregistered"; `status` the SIP status that decided (408: no answer).
    `reason` says why it is down or unregistered.
    """

    trunk: TrunkId
    name: str
    state: str
    status: int = 0
    reason: TrunkReason | None = None


class CertificateEnding(Message, frozen=True, tag="certificate.ending"):
    """An alarm, told once a day by each gateway: a certificate of the tenant's ends soon, or has ended.

    `name` is the trunk's by which it is shown to a carrier, or the telephone domain at which it is shown.
    """

    name: str
    ends_at: datetime


CarrierEvent = TrunkStateChanged | CertificateEnding

"""What we sign of calls out: how far we vouch for the number that they show (RFC 8224 4, RFC 8588 4), and that a number
of ours forwards them (RFC 8946 4); told the time."""

from datetime import datetime
from email.utils import format_datetime

import structlog

from gateway.sip.calls import HeaderLines
from gateway.trunks.attempt import Attempt
from gateway.trunks.passport import Signer, read_key
from kernel.contracts.calls import Attestation
from kernel.contracts.directory import DiallingRules, TrunkConfig
from kernel.primitives.phone import PhoneNumber

log = structlog.get_logger(__name__)


def signer_of(trunk: TrunkConfig) -> Signer | None:
    """None: the trunk's calls go out unsigned, also where its key cannot be read."""
    signing = trunk.options.signing
    if signing is None or trunk.signing_key is None:
        return None
    try:
        return Signer(read_key(trunk.signing_key.reveal()), signing.certificate_url)
    except ValueError as error:
        log.warning("trunk.signing_key_unreadable", trunk=str(trunk.trunk), reason=str(error))
        return None


def vouch(signer: Signer, trunk: TrunkConfig, rules: DiallingRules, attempt: Attempt, now: datetime) -> HeaderLines:
    """Identity, and Date of the same moment; none where the callee is told no number.

    Not for emergency numbers either: they are no destinations of a PASSporT. Beside a carrier's word, which goes on,
    only that the number it was given for forwards the call: one of the tenant's, unless another led the call on since.
    """
    caller, called = attempt.named, attempt.called
    if caller is None or called is None or called.emergency:
        return ()
    if any(name == "Identity" for name, _ in attempt.headers):
        diverter = attempt.carried.diverted_by
        if diverter is None or diverter not in rules.numbers or attempt.carried.redirected:
            return ()
        return (("Identity", signer.diversion(diverter, caller, called, now)),)
    word = attestation(caller, trunk, rules)
    identity = signer.identity(word, caller, called, now, str(trunk.tenant))
    return (("Date", format_datetime(now, usegmt=True)), ("Identity", identity))


def attestation(caller: PhoneNumber, trunk: TrunkConfig, rules: DiallingRules) -> Attestation:
    """A: a number of the tenant's; B: another one that the tenant says is its own; C: it came with a call to us."""
    if caller in rules.numbers:
        return "A"
    return "B" if trunk.options.caller.fixed == caller.e164 else "C"

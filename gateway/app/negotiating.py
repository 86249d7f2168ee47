"""The beginning of an agreement with a far end."""

from gateway.app.leg_ends import Setback
from gateway.calls import causes
from gateway.sdp.errors import SdpError
from gateway.sdp.offer_answer import OfferAnswer, OfferAnswerState


def fresh_negotiation(number: int) -> OfferAnswerState:
    return OfferAnswerState(session_id=number)


def answer_or_offer(negotiation: OfferAnswer, offer: bytes) -> bytes:
    """The answer to an INVITE's offer, or an offer of ours where it has none. Setback."""
    try:
        if not offer:
            return negotiation.make_offer()
        negotiation.receive_offer(offer)
        return negotiation.make_answer()
    except SdpError as error:
        raise Setback(causes.NO_COMMON_CODEC) from error

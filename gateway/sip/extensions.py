"""What we understand beyond the core of SIP, in one place: methods, option tags, and what a Require meets (8.2.2.3)."""

from gateway.sip.message import Message, Request

METHODS = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "PRACK", "UPDATE", "REFER", "NOTIFY", "SUBSCRIBE")
ALLOW = ", ".join(METHODS)
ALLOWED_METHODS = frozenset(METHODS)

RELIABLE = "100rel"  # RFC 3262
TIMER = "timer"  # RFC 4028
REPLACES = "replaces"  # RFC 3891
NO_REFER_SUBSCRIPTION = "norefersub"  # RFC 4488
OPTION_TAGS: tuple[str, ...] = (RELIABLE, TIMER, REPLACES, NO_REFER_SUBSCRIPTION)
SUPPORTED = ", ".join(OPTION_TAGS)
ACCEPT = "application/sdp, multipart/mixed"


def unsupported(request: Request) -> list[str]:
    """The extensions that the peer insists on and that we do not have: they are named in a 420 (8.2.2.3)."""
    return [tag for tag in request.tokens("require") if tag.lower() not in OPTION_TAGS]


def requires(message: Message, tag: str) -> bool:
    """Whether the extension `tag` (lower case) has to be used (20.32)."""
    return any(one.lower() == tag for one in message.tokens("require"))


def supports(message: Message, tag: str) -> bool:
    """Whether whoever sent `message` has the extension `tag` (lower case): it says so, or insists on it (20.37)."""
    return any(one.lower() == tag for one in message.tokens("supported")) or requires(message, tag)


def allows(message: Message, method: str) -> bool:
    """Whether an Allow header of `message` names `method` (20.5); without one nobody knows, so not."""
    return method in message.tokens("allow")

"""What both sides do that changed a session at the same moment (RFC 3261 14.1, RFC 3311 5.1)."""

from gateway.sip.core import Core
from gateway.sip.dialog_state import DialogState

OWNER_BACK_OFF = (2.1, 4.0)  # seconds; whoever made the Call-ID waits longer (14.1)
OTHER_BACK_OFF = (0.0, 2.0)
MAX_GLARE_RETRIES = 5  # two peers that follow 14.1 need one; more means that the other does not
MAX_RETRY_AFTER = 10.0  # seconds (14.2)


def back_off(core: Core, dialog: DialogState) -> float:
    """Return the seconds until a request that met 491 is sent again."""
    return core.tokens.uniform(*(OWNER_BACK_OFF if dialog.role == "uac" else OTHER_BACK_OFF))


def retry_after(core: Core) -> tuple[tuple[str, str], ...]:
    """Write the header of a 500 to a request that came before the former one was answered (14.2)."""
    return (("Retry-After", str(int(core.tokens.uniform(0.0, MAX_RETRY_AFTER)))),)

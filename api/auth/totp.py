"""One-time codes by time (RFC 6238) and recovery codes: pure, told the time and the randomness."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO

import segno
from pyotp.totp import TOTP
from pyotp.utils import strings_equal

from kernel.primitives.secret import Secret

ISSUER = "Cordboard"
STEP_SECONDS = 30  # RFC 6238 5.2
DIGITS = 6
DRIFT = 1  # steps that a telephone's clock may be off, either way: RFC 6238 5.2 asks for no more
NEVER = -1  # the step before all others
SECRET_CHARACTERS = 32  # 160 bits, RFC 4226 4 (R6)
RECOVERY_CODES = 10
RECOVERY_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else on paper
RECOVERY_CHARACTERS = 10  # 49 bits: beyond guessing through a lock-out


def step_of(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def code_at(secret: Secret, step: int) -> str:
    return TOTP(secret.reveal(), digits=DIGITS, interval=STEP_SECONDS).generate_otp(step)


def matching_step(secret: Secret, code: str, now: datetime, last_step: int) -> int | None:
    """The step after `last_step` that the code belongs to; None: it is wrong, too old, or was used."""
    given = code.replace(" ", "")
    present = step_of(now)
    for step in range(max(last_step + 1, present - DRIFT), present + DRIFT + 1):
        if strings_equal(code_at(secret, step), given):
            return step
    return None


def enrolment_uri(secret: Secret, email: str) -> str:
    """The otpauth URI that authenticator apps read."""
    totp = TOTP(secret.reveal(), digits=DIGITS, interval=STEP_SECONDS)
    return totp.provisioning_uri(name=email, issuer_name=ISSUER)


def qr_svg(text: str) -> str:
    """An SVG image that stands alone, dark on light in a dark page too; 4 modules of border as ISO/IEC 18004 asks."""
    image = BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(image, kind="svg", xmldecl=False, nl=False, scale=4, border=4, dark="#000", light="#fff")
    return image.getvalue().decode()


def new_recovery_codes(choose: Callable[[str], str]) -> tuple[str, ...]:
    """Such as `k7m2p-x9qwe`; `choose` draws one character of a text."""
    codes = ["".join(choose(RECOVERY_ALPHABET) for _ in range(RECOVERY_CHARACTERS)) for _ in range(RECOVERY_CODES)]
    half = RECOVERY_CHARACTERS // 2
    return tuple(f"{code[:half]}-{code[half:]}" for code in codes)


def recovery_hashes(codes: Sequence[str]) -> list[bytes]:
    """As stored: case, blanks and hyphens do not matter to a person who copies from paper."""
    plain = ("".join(code.split()).replace("-", "").lower() for code in codes)
    return [hashlib.sha256(code.encode()).digest() for code in plain]

"""A call through a trunk on paper: what would be sent, by the same code that sends it."""

from api.schemas.trunks import HeaderBody, TrunkPreviewBody, TrunkPreviewInput
from gateway.trunks.outgoing import attempt_through
from gateway.trunks.writing import read_arriving
from kernel.contracts.directory import DiallingRules, TrunkConfig
from kernel.primitives.errors import InvalidInput
from kernel.primitives.phone import PhoneNumber


def preview(trunk: TrunkConfig, rules: DiallingRules, asked: TrunkPreviewInput) -> TrunkPreviewBody:
    """InvalidInput where a number of ours is none."""
    caller = _read("caller", asked.caller, trunk.region)
    called = _read("called", asked.called, trunk.region)
    read = read_arriving(asked.arriving, trunk.region, trunk.options.numbers) if asked.arriving else None
    arriving = read.e164 if read is not None else None
    if called is None:
        return TrunkPreviewBody(arriving=arriving)
    attempt = attempt_through(trunk, called, caller, rules)
    return TrunkPreviewBody(
        request_uri=attempt.target,
        from_header=str(attempt.from_),
        to_header=str(attempt.to),
        headers=tuple(HeaderBody(name=name, value=value) for name, value in attempt.headers),
        arriving=arriving,
    )


def _read(field: str, text: str | None, region: str | None) -> PhoneNumber | None:
    if text is None:
        return None
    try:
        return PhoneNumber.parse(text, region)
    except ValueError as error:
        detail = str(error)
        raise InvalidInput(
            f"{field}: {detail}", errors=[{"field": field, "code": "not_a_number", "detail": detail}]
        ) from error

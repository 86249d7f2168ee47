"""Every business error has a stable code of its own."""

from kernel.primitives.errors import CordboardError


def all_errors(base: type[CordboardError] = CordboardError) -> list[type[CordboardError]]:
    return [error for child in base.__subclasses__() for error in (child, *all_errors(child))]


def test_codes_are_unique_and_statuses_are_client_errors() -> None:
    errors = [error for error in all_errors() if "code" in vars(error)]
    codes = [error.code for error in errors]
    assert len(codes) == len(set(codes))
    assert all(400 <= error.status < 600 and error.title for error in errors)


def test_detail_and_extra_are_kept() -> None:
    class Full(CordboardError):
        code = "test_full"
        status = 409
        title = "Full"

    error = Full("buy more seats", seats=3)
    assert (error.detail, error.extra, str(error)) == ("buy more seats", {"seats": 3}, "buy more seats")

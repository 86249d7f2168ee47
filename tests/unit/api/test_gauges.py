"""What the server's page of metrics says of the recordings' disk."""

from collections.abc import Mapping

import pytest

from api.gauges import Gauges


class Modules:
    """The gateway, the recordings and the relay."""

    waiting = 3

    def __init__(self, free_bytes: int | None) -> None:
        self.free_bytes = free_bytes
        self.space_low = free_bytes is not None and free_bytes < 100

    def figures(self) -> Mapping[str, float]:
        return {"calls_live": 2.0, "calls_ended": 5.0}


@pytest.mark.parametrize(
    ("free_bytes", "space"),
    [(None, {"cordboard_recordings_space_low": 0.0})]
    + [
        (free, {"cordboard_recordings_space_low": low, "cordboard_spool_free_bytes": float(free)})
        for free, low in ((99, 1.0), (100, 0.0))
    ],
)
def test_space_for_recordings_is_a_gauge_once_it_is_known(free_bytes: int | None, space: dict[str, float]) -> None:
    modules = Modules(free_bytes)
    samples = list(Gauges([modules], modules, modules).samples())
    found = {sample.name: sample.value for sample in samples if "recordings" in sample.name or "spool" in sample.name}
    assert found == space
    kinds = {sample.name: sample.kind for sample in samples}
    assert (kinds["cordboard_calls_ended"], kinds["cordboard_recordings_space_low"]) == ("counter", "gauge")

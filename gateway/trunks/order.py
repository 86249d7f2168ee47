"""Which of a tenant's trunks comes first: by priority, and among equals by weight (as RFC 2782 orders SRV records)."""

from collections.abc import Callable, Iterable

from kernel.contracts.directory import TrunkConfig


def in_order(trunks: Iterable[TrunkConfig], draw: Callable[[], float]) -> list[TrunkConfig]:
    """`draw` gives numbers of [0, 1), one for each choice among several."""
    left = sorted(trunks, key=lambda trunk: (trunk.options.priority, trunk.trunk))
    ordered: list[TrunkConfig] = []
    while left:
        equals = [trunk for trunk in left if trunk.options.priority == left[0].options.priority]
        chosen = _weighted(equals, draw()) if len(equals) > 1 else equals[0]
        left.remove(chosen)
        ordered.append(chosen)
    return ordered


def _weighted(trunks: list[TrunkConfig], drawn: float) -> TrunkConfig:
    """A trunk of weight 0 comes behind all others."""
    mark = drawn * sum(trunk.options.weight for trunk in trunks)
    for trunk in trunks:
        mark -= trunk.options.weight
        if mark < 0:
            return trunk
    return trunks[-1]

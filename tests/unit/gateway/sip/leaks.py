"""What an endpoint still holds: every collection that is not empty, wherever in the core it lies."""

from collections.abc import Collection, Iterator

KEPT = frozenset({"settings", "counters", "tokens", "open_flows", "_framers", "_is_known", "watch", "table", "_table"})
"""Who we are, figures, and connections, which live longer than calls."""
BOUNDED = frozenset({"_ended", "dead"})
"""What is remembered for a while, up to a number of its own (`MAX_ENDED`, `MAX_PLACES`)."""


def leaks(root: object) -> list[str]:
    """Paths of what is left over."""
    return sorted(_walk(root, "", set()))


def _walk(here: object, path: str, seen: set[int]) -> Iterator[str]:
    if id(here) in seen:
        return
    seen.add(id(here))
    for name, value in _fields(here):
        if name in KEPT | BOUNDED:
            continue
        if isinstance(value, str | bytes | bytearray | frozenset | tuple):
            continue
        if isinstance(value, Collection):
            if len(value) > 0:  # pyright: ignore[reportUnknownArgumentType]
                yield f"{path}.{name}: {len(value)}"  # pyright: ignore[reportUnknownArgumentType]
        elif type(value).__module__.startswith("gateway.sip"):
            yield from _walk(value, f"{path}.{name}", seen)


def _fields(here: object) -> Iterator[tuple[str, object]]:
    names = set(getattr(here, "__dict__", ()))
    for kind in type(here).__mro__:
        names.update(getattr(kind, "__slots__", ()))
    for name in sorted(names - {"__weakref__", "__dict__"}):
        if hasattr(here, name):
            yield name, getattr(here, name)

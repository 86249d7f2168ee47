"""Header lines of a message, verbatim and in order (RFC 3261 7.3)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.sip.errors import MisuseError, SipError

# Compact forms of RFC 3261 7.3.3 and the IANA registry.
COMPACT_FORMS = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}

MAX_CACHED_NAMES = 512  # real traffic uses about a hundred spellings; strangers' inventions are not kept
MAX_CACHED_NAME_LENGTH = 64
_names: dict[str, tuple[str, str]] = {}  # by what came: itself, so that messages share it, and the canonical name


def canonical_name(name: str) -> str:
    """Return the name in lower case and long form."""
    return (_names.get(name) or _read_name(name))[1]


def _read_name(name: str) -> tuple[str, str]:
    canonical = name.rstrip(" \t").lower()
    read = name, COMPACT_FORMS.get(canonical, canonical)
    if len(_names) < MAX_CACHED_NAMES and len(name) <= MAX_CACHED_NAME_LENGTH:
        _names[name] = read
    return read


def _check(name: str, value: str) -> None:
    if "\r" in value or "\n" in value or "\r" in name or "\n" in name or ":" in name or not name:
        raise MisuseError("A header must be one line")


class Headers:
    """An ordered multimap of header lines; names compare without case and compact forms are the same as long ones.

    The index of what we write is made when something is first asked for, and follows each change from then on.
    """

    __slots__ = ("_index", "_lines", "views")

    def __init__(self, lines: list[tuple[str, str]] | None = None) -> None:
        """The list is taken over."""
        self._lines: list[tuple[str, str]] = [] if lines is None else lines
        self._index: dict[str, tuple[str, ...]] | None = None  # values by canonical name
        self.views: dict[str, Any] = {}  # typed values by canonical name, computed once by Message from the index

    @classmethod
    def of(cls, lines: Iterator[tuple[str, str]] | tuple[tuple[str, str], ...] | list[tuple[str, str]]) -> "Headers":
        """Make headers from our own lines; MisuseError where one holds a line break."""
        own = list(lines)
        for name, value in own:
            _check(name, value)
        return cls(own)

    @classmethod
    def parse(cls, lines: Iterable[str]) -> "Headers":
        """Read lines as they came off the wire, unfolded; SipError 400 where one is no header."""
        split: list[tuple[str, str]] = []
        index: dict[str, tuple[str, ...]] = {}  # in the same walk, for all that comes is asked for something
        known = _names
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or not name:
                raise SipError(400, "Malformed header line")
            name, key = known.get(name) or _read_name(name)
            value = value.strip(" \t")
            split.append((name, value))
            index[key] = (*index[key], value) if key in index else (value,)
        parsed = cls(split)
        parsed._index = index
        return parsed

    @property
    def index(self) -> Mapping[str, tuple[str, ...]]:
        """The values of all lines by canonical name, in order."""
        return self._index or self._indexed()

    def _indexed(self) -> dict[str, tuple[str, ...]]:
        index = dict[str, tuple[str, ...]]()
        known = _names
        for name, value in self._lines:
            _, key = known.get(name) or _read_name(name)
            index[key] = (*index[key], value) if key in index else (value,)
        self._index = index
        return index

    def get(self, name: str) -> str | None:
        """Return the first value of `name`."""
        values = (self._index or self._indexed()).get((_names.get(name) or _read_name(name))[1])
        return values[0] if values else None

    def get_all(self, name: str) -> Sequence[str]:
        """Return the values of all lines of `name`, in order."""
        return (self._index or self._indexed()).get((_names.get(name) or _read_name(name))[1], ())

    def __contains__(self, name: str) -> bool:
        return (_names.get(name) or _read_name(name))[1] in (self._index or self._indexed())

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, name: str, value: str) -> None:
        """Append a line; MisuseError where it holds a line break."""
        _check(name, value)
        self._lines.append((name, value))
        if self._index is not None:
            key = canonical_name(name)
            self._index[key] = (*self._index.get(key, ()), value)
            self.views.pop(key, None)

    def extend(self, lines: Iterable[tuple[str, str]]) -> None:
        """Append lines; MisuseError where one holds a line break."""
        for name, value in lines:
            self.add(name, value)

    def prepend(self, name: str, value: str) -> None:
        """Put a line before all others, as a new Via goes."""
        _check(name, value)
        self._lines.insert(0, (name, value))
        if self._index is not None:
            key = canonical_name(name)
            self._index[key] = (value, *self._index.get(key, ()))
            self.views.pop(key, None)

    def set(self, name: str, value: str) -> None:
        """Replace all lines of `name` by one, where the first of them stood."""
        _check(name, value)
        key = canonical_name(name)
        found = self._places(key)
        if found:
            for place in reversed(found[1:]):
                del self._lines[place]
            self._lines[found[0]] = (name, value)
        else:
            self._lines.append((name, value))
        if self._index is not None:
            self._index[key] = (value,)
            self.views.pop(key, None)

    def set_first(self, name: str, value: str) -> None:
        """Replace the first line of `name` and leave the others, as a UAS marks the top Via."""
        _check(name, value)
        key = canonical_name(name)
        found = self._places(key)
        if not found:
            self.add(name, value)
            return
        self._lines[found[0]] = (self._lines[found[0]][0], value)
        index = self._index or self._indexed()
        index[key] = (value, *index[key][1:])
        self.views.pop(key, None)

    def remove(self, name: str) -> None:
        """Drop all lines of `name`."""
        key = canonical_name(name)
        for place in reversed(self._places(key)):
            del self._lines[place]
        if self._index is not None:
            self._index.pop(key, None)
            self.views.pop(key, None)

    def _places(self, key: str) -> list[int]:
        if self._index is not None and key not in self._index:
            return []
        return [place for place, (name, _) in enumerate(self._lines) if name == key or canonical_name(name) == key]

    def copy(self) -> "Headers":
        """The same lines, to be changed apart."""
        return Headers(list(self._lines))

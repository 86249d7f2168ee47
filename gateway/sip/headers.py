"""Header lines of a message, verbatim and in order (RFC 3261 7.3)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
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


class _Names(dict[str, tuple[str, str]]):
    """By what came: itself, so that messages share it, and the canonical name."""

    def __missing__(self, name: str) -> tuple[str, str]:
        canonical = name.rstrip(" \t").lower()
        read = name, COMPACT_FORMS.get(canonical, canonical)
        if len(self) < MAX_CACHED_NAMES and len(name) <= MAX_CACHED_NAME_LENGTH:
            self[name] = read
        return read


_names = _Names()
_Lines = Sequence[tuple[str, str]]
_first, _second = itemgetter(0), itemgetter(1)


def canonical_name(name: str) -> str:
    """Return the name in lower case and long form."""
    return _names[name][1]


def check_lines(lines: _Lines) -> _Lines:
    """Give our own lines back; MisuseError where one holds a line break."""
    text = "".join(chain.from_iterable(lines))
    if "\r" in text or "\n" in text:
        raise MisuseError("A header must be one line")
    return lines


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
        check_lines(own)
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
            name, key = known[name]
            value = value.strip(" \t")
            split.append((name, value))
            if key in index:
                index[key] += (value,)
            else:
                index[key] = (value,)
        parsed = cls(split)
        parsed._index = index
        return parsed

    @property
    def index(self) -> Mapping[str, tuple[str, ...]]:
        """The values of all lines by canonical name, in order."""
        return self._index or self._indexed()

    def _indexed(self) -> dict[str, tuple[str, ...]]:
        index: dict[str, tuple[str, ...]] = {}
        for key, (_, value) in zip(self._keys(), self._lines, strict=True):
            index[key] = (*index[key], value) if key in index else (value,)
        self._index = index
        return index

    def get(self, name: str) -> str | None:
        """Return the first value of `name`."""
        index, key = self._index or self._indexed(), _names[name][1]
        return index[key][0] if key in index else None

    def get_all(self, name: str) -> Sequence[str]:
        """Return the values of all lines of `name`, in order."""
        return (self._index or self._indexed()).get(_names[name][1], ())

    def __contains__(self, name: str) -> bool:
        return _names[name][1] in (self._keys() if self._index is None else self._index)

    def _keys(self) -> Iterator[str]:
        """The canonical names of all lines, in order."""
        return map(_second, map(_names.__getitem__, map(_first, self._lines)))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, name: str, value: str) -> None:
        """Append a line; MisuseError where it holds a line break."""
        self.extend(((name, value),))

    def extend(self, lines: _Lines) -> None:
        """Append lines; MisuseError where one holds a line break."""
        check_lines(lines)
        self._lines += lines
        if self._index is not None:
            for name, value in lines:
                key = canonical_name(name)
                self._changed(key, (*self._index.get(key, ()), value))

    def prepend(self, name: str, value: str) -> None:
        """Put a line before all others, as a new Via goes."""
        check_lines(((name, value),))
        self._lines.insert(0, (name, value))
        if self._index is not None:
            key = canonical_name(name)
            self._changed(key, (value, *self._index.get(key, ())))

    def set(self, name: str, value: str) -> None:
        """Replace all lines of `name` by one, where the first of them stood."""
        key = canonical_name(name)
        place = self._place(key)
        if place is None:
            self.add(name, value)
            return
        check_lines(((name, value),))
        rest = [line for line in self._lines[place + 1 :] if canonical_name(line[0]) != key]
        self._lines[place:] = [(name, value), *rest]
        self._changed(key, (value,))

    def set_first(self, name: str, value: str) -> None:
        """Replace the first line of `name` and leave the others, as a UAS marks the top Via."""
        key = canonical_name(name)
        place = self._place(key)
        if place is None:
            self.add(name, value)
            return
        check_lines(((name, value),))
        self._lines[place] = (self._lines[place][0], value)
        self._changed(key, (value, *self.index[key][1:]))

    def remove(self, name: str) -> None:
        """Drop all lines of `name`."""
        key = canonical_name(name)
        if self._place(key) is not None:
            self._lines = [line for line in self._lines if canonical_name(line[0]) != key]
            self._changed(key, ())

    def _place(self, key: str) -> int | None:
        """Where the first line of this name stands."""
        keys = list(self._keys())
        return keys.index(key) if key in keys else None

    def _changed(self, key: str, values: tuple[str, ...]) -> None:
        """Note the values that a name has now; what was read of the former ones is forgotten."""
        self.views.pop(key, None)
        if self._index is None:
            return
        if values:
            self._index[key] = values
        else:
            self._index.pop(key, None)

    def copy(self) -> "Headers":
        """The same lines, to be changed apart."""
        return Headers(list(self._lines))

"""Requests and responses: verbatim headers, typed views that are computed on demand and kept (RFC 3261 7)."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

from gateway.sip.cseq import CSeq
from gateway.sip.errors import MisuseError, SipError
from gateway.sip.grammar import MAX_RECALLED, is_decimal, split_list
from gateway.sip.headers import Headers, check_lines
from gateway.sip.name_addr import WILDCARD, NameAddr
from gateway.sip.rack import MAX_RSEQ, RAck
from gateway.sip.reasons import reason_phrase
from gateway.sip.session_expires import SessionExpires, parse_min_se
from gateway.sip.transactions.key import TransactionId
from gateway.sip.uri import Uri
from gateway.sip.via import Via

SIP_VERSION = "SIP/2.0"
MAX_FORWARDS = "70"  # of requests that begin here (8.1.1.6)

DialogKey = tuple[str, str, str]  # Call-ID, local tag, remote tag (12)
SHORT_NUMBER = 10  # digits of what is kept once it was read, as nearly all have
LONG_NUMBER = 20  # digits: more than any limit here has

_View = TypeVar("_View")


class Message:
    """What requests and responses share. Views raise SipError 400 for a value that is missing or malformed."""

    __slots__ = ("body", "headers")

    def __init__(self, headers: Headers, body: bytes = b"") -> None:
        self.headers = headers
        self.body = body

    @property
    def start_line(self) -> str:
        """The first line as it goes on the wire."""
        raise NotImplementedError

    def __bytes__(self) -> bytes:
        start_line = self.start_line
        if "\r" in start_line or "\n" in start_line:  # headers are checked where they are put in
            raise MisuseError("A start line must be one line")
        text = "\r\n".join((start_line, *map(": ".join, self.headers), "", ""))
        return text.encode("utf-8", "surrogateescape") + self.body

    @property
    def size(self) -> int:
        """About how many bytes it takes on the wire; characters outside ASCII count one."""
        lines = sum(map(len, chain.from_iterable(self.headers))) + 4 * len(self.headers)
        return len(self.start_line) + 4 + lines + len(self.body)

    def read_common(self) -> None:
        """Read at once what every message has (8.1.1); SipError 400 for what is missing, repeated or malformed."""
        index, views = self.headers.index, self.headers.views
        for name, make in _COMMON:
            values = index.get(name, ())
            if len(values) != 1:
                raise _not_once(name, values)
            views[name] = make(values[0])

    def _view(self, name: str, make: Callable[[str], _View]) -> _View:
        values = self.headers.index.get(name, ())
        if len(values) != 1:
            raise _not_once(name, values)
        view = self.headers.views[name] = make(values[0])
        return view

    def _address_list(self, name: str) -> tuple[NameAddr, ...]:
        headers = self.headers
        if name in headers.views:
            return headers.views[name]
        values = headers.get_all(name)
        if not values:
            return ()
        found = [NameAddr.parse_list(value) for value in values]
        view = headers.views[name] = found[0] if len(found) == 1 else tuple(chain.from_iterable(found))
        return view

    def _number(self, name: str, highest: int) -> int | None:
        values = self.headers.index.get(name)
        if values is None:
            return None
        value = values[0]
        if values[1:] and len(set(values)) > 1:
            raise SipError(400, f"Malformed {name}")
        number = _recall_number(value) if len(value) < SHORT_NUMBER else _read_number(value)
        if number is None:
            raise SipError(400, f"Malformed {name}")
        if number > highest:
            raise SipError(400, f"{name} out of range")
        return number

    @property
    def top_via(self) -> Via:
        """The first Via: the hop that sent a request (20.42)."""
        return self.first_vias[0]

    @property
    def first_vias(self) -> tuple[Via, ...]:
        """The hops of the first Via line; its first one is the top."""
        views = self.headers.views
        if "via" not in views:
            value = self.headers.get("via")
            if value is None:
                raise SipError(400, "Missing via")
            views["via"] = Via.parse_list(value)
        return views["via"]

    def set_first_vias(self, hops: tuple[Via, ...]) -> None:
        """Put these in place of the hops of the first Via line."""
        self.headers.set_first("Via", ", ".join(map(str, hops)))
        self.headers.views["via"] = hops

    @property
    def from_(self) -> NameAddr:
        """20.20."""
        views = self.headers.views
        return views["from"] if "from" in views else self._view("from", NameAddr.parse)

    @property
    def to(self) -> NameAddr:
        """20.39."""
        views = self.headers.views
        return views["to"] if "to" in views else self._view("to", NameAddr.parse)

    @property
    def call_id(self) -> str:
        """20.8."""
        views = self.headers.views
        return views["call-id"] if "call-id" in views else self._view("call-id", str)

    @property
    def cseq(self) -> CSeq:
        """20.16."""
        views = self.headers.views
        return views["cseq"] if "cseq" in views else self._view("cseq", CSeq.parse)

    @property
    def contacts(self) -> tuple[NameAddr, ...]:
        """20.10; `WILDCARD` alone for `*`."""
        views = self.headers.views
        if "contact" not in views and self.headers.get("contact") == "*":
            views["contact"] = (WILDCARD,)
        return self._address_list("contact")

    @property
    def routes(self) -> tuple[NameAddr, ...]:
        """20.34."""
        return self._address_list("route")

    @property
    def record_routes(self) -> tuple[NameAddr, ...]:
        """20.30."""
        return self._address_list("record-route")

    @property
    def max_forwards(self) -> int | None:
        """20.22."""
        return self._number("max-forwards", 255)

    @property
    def expires(self) -> int | None:
        """20.19, in seconds."""
        return self._number("expires", 2**32 - 1)

    @property
    def session_expires(self) -> SessionExpires | None:
        """RFC 4028 4."""
        if "session-expires" not in self.headers:
            return None
        return self.headers.views.get("session-expires") or self._view("session-expires", SessionExpires.parse)

    @property
    def min_se(self) -> int | None:
        """RFC 4028 5, in seconds."""
        return self._view("min-se", parse_min_se) if "min-se" in self.headers else None

    @property
    def rseq(self) -> int | None:
        """RFC 3262 7.1."""
        return self._number("rseq", MAX_RSEQ)

    @property
    def rack(self) -> RAck:
        """RFC 3262 7.2."""
        return self._view("rack", RAck.parse)

    @property
    def content_length(self) -> int | None:
        """20.14, in bytes."""
        return self._number("content-length", 2**31 - 1)

    @property
    def content_type(self) -> str:
        """The media type in lower case without parameters; empty where there is none (20.15)."""
        return (self.headers.get("content-type") or "").partition(";")[0].strip(" \t").lower()

    def tokens(self, name: str) -> tuple[str, ...]:
        """The elements of a comma-separated header such as Require or Allow, from all its lines."""
        values = self.headers.get_all(name)
        if len(values) == 1:
            return split_list(values[0])
        return tuple(chain.from_iterable(map(split_list, values)))

    def set_body(self, body: bytes, content_type: str) -> None:
        """Put `body` in with its Content-Type and Content-Length; no body leaves the type out."""
        if body:
            self.headers.set("Content-Type", content_type)
        else:
            self.headers.remove("content-type")
        self.headers.set("Content-Length", str(len(body)))
        self.body = body


def _read_number(text: str) -> int | None:
    """None for what is no number; one that is longer than any limit counts as beyond it, for int() is quadratic."""
    if not is_decimal(text):
        return None
    return int(text.lstrip("0")[:LONG_NUMBER] or "0")


_recall_number = lru_cache(MAX_RECALLED)(_read_number)  # all messages have the same few Max-Forwards and lengths
_COMMON: tuple[tuple[str, Callable[[str], Any]], ...] = (
    ("cseq", CSeq.parse),
    ("call-id", str),
    ("from", NameAddr.parse),
    ("to", NameAddr.parse),
)


class Request(Message):
    """A request (7.1). `target` is the text of the Request-URI, `version` what the request line ended with.

    `to_strict_router`: `target` is the next hop, whatever routes follow it (8.1.2, 12.2.1.1). `transaction` and
    `dialog`, where it came from a peer, are what it belongs to, kept once they were read.
    """

    __slots__ = ("dialog", "method", "target", "to_strict_router", "transaction", "version")

    def __init__(
        self, method: str, target: str, headers: Headers, body: bytes = b"", version: str = SIP_VERSION
    ) -> None:
        super().__init__(headers, body)
        self.method = method
        self.target = target
        self.version = version
        self.to_strict_router = False
        self.transaction: TransactionId | None = None
        self.dialog: DialogKey | None = None

    @property
    def start_line(self) -> str:
        return f"{self.method} {self.target} {self.version}"

    def __repr__(self) -> str:
        return f"<Request {self.method}>"  # numbers of callers do not belong in logs

    @property
    def uri(self) -> Uri:
        """The Request-URI; SipError 400."""
        return Uri.parse(self.target)

    def copy(self) -> "Request":
        """The same request, to be changed apart."""
        copy = Request(self.method, self.target, self.headers.copy(), self.body, self.version)
        copy.to_strict_router = self.to_strict_router
        return copy


class Response(Message):
    """A response (7.2)."""

    __slots__ = ("reason", "status")

    def __init__(self, status: int, reason: str, headers: Headers, body: bytes = b"") -> None:
        super().__init__(headers, body)
        self.status = status
        self.reason = reason

    @property
    def start_line(self) -> str:
        return f"{SIP_VERSION} {self.status} {self.reason}"

    def __repr__(self) -> str:
        return f"<Response {self.status}>"

    @classmethod
    def to_request(
        cls,
        request: Request,
        status: int,
        to_tag: str = "",
        reason: str = "",
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> "Response":
        """Answer `request` (8.2.6.2): Via, From, To, Call-ID and CSeq as they came, `to_tag` where To has none.

        MisuseError where one of `headers` holds a line break.
        """
        came = request.headers.index
        echoed = _ECHOED_AT_ONCE if status == 100 else _ECHOED
        lines = [(name, value) for name, key in echoed if key in came for value in came[key]]
        to = request.headers.get("to") or ""
        lines.append(("To", f"{to};tag={to_tag}" if to_tag and not _has_tag(request) else to))
        lines += check_lines(headers)
        lines.append(("Content-Length", str(len(body))))
        return cls(status, reason or reason_phrase(status), Headers(lines), body)


_ECHOED = (("Via", "via"), ("From", "from"), ("Call-ID", "call-id"), ("CSeq", "cseq"))
_ECHOED_AT_ONCE = (*_ECHOED, ("Timestamp", "timestamp"))  # by the 100


def _not_once(name: str, values: Sequence[str]) -> SipError:
    return SipError(400, f"{'Repeated' if values else 'Missing'} {name}")


def _has_tag(request: Request) -> bool:
    if request.dialog is not None:
        return bool(request.dialog[1])
    try:
        return bool(request.to.tag)
    except SipError:
        return True  # nothing can be added to what cannot be read

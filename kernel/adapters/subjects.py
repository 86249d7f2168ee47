"""Subjects and patterns of the bus, as in NATS: dot-separated words, `*` for one word, a final `>` for one or more."""


def checked_subject(subject: str) -> str:
    """ValueError for what nobody could subscribe to."""
    if any(not word or word in {"*", ">"} or " " in word for word in subject.split(".")):
        raise ValueError(f"not a subject: {subject!r}")
    return subject


def checked_pattern(pattern: str) -> str:
    words = pattern.split(".")
    if any(not word or " " in word for word in words) or ">" in words[:-1]:
        raise ValueError(f"not a pattern: {pattern!r}")
    return pattern


def matches(pattern: str, subject: str) -> bool:
    wanted, words = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted.pop()
        if len(words) <= len(wanted):
            return False
        words = words[: len(wanted)]
    return len(wanted) == len(words) and all(want in ("*", word) for want, word in zip(wanted, words, strict=True))

"""Counters in the text format of Prometheus (exposition format 0.0.4)."""

from collections.abc import Iterable

from api.services import Sample


def exposition(samples: Iterable[Sample]) -> str:
    """Samples of one name together, with HELP and TYPE before the first."""
    by_name: dict[str, list[Sample]] = {}
    for sample in samples:
        by_name.setdefault(sample.name, []).append(sample)
    lines: list[str] = []
    for name, family in by_name.items():
        if family[0].help:
            lines.append(f"# HELP {name} {_escaped(family[0].help)}")
        lines.append(f"# TYPE {name} {family[0].kind}")
        lines += [f"{name}{_labels(sample)} {sample.value!r}" for sample in family]
    return "\n".join(lines) + "\n" if lines else ""


def _labels(sample: Sample) -> str:
    if not sample.labels:
        return ""
    pairs = ",".join(f'{name}="{_quoted(value)}"' for name, value in sample.labels)
    return f"{{{pairs}}}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', r"\"")

"""What a condition asks of one agent, and which conditions a tenant may save."""

from collections.abc import Iterable, Iterator, Mapping

from kernel.contracts.queues import AllOf, AnyOf, AtLeast, Condition, Needs, Not, SkillLevel

DEPTH = 5  # "all of, any of, not" inside each other; deeper ones nobody can read
PARTS = 100  # of all steps together: each is a set operation when rules are read

Skills = Mapping[str, int]
"""Level by skill; a skill that the agent has not is not in it."""


def skills_of(levels: Iterable[SkillLevel]) -> dict[str, int]:
    """A skill that is named twice counts with its higher level."""
    skills: dict[str, int] = {}
    for one in levels:
        skills[one.skill] = max(one.level, skills.get(one.skill, 0))
    return skills


def fits(skills: Skills, condition: Condition) -> bool:
    match condition:
        case AtLeast(skill=skill, level=level):
            return skills.get(skill, 0) >= level
        case AllOf(of=parts):
            return all(fits(skills, part) for part in parts)
        case AnyOf(of=parts):
            return any(fits(skills, part) for part in parts)
        case Not(of=part):
            return not fits(skills, part)


def problems(needs: Needs) -> list[str]:
    """Why the needs cannot be saved, one sentence each, with what to do."""
    found: list[str] = []
    if any(_depth(step.accepts) > DEPTH for step in needs):
        found.append(f"A condition has more than {DEPTH} levels inside each other: make it flatter.")
    if sum(1 for step in needs for _ in _parts(step.accepts)) > PARTS:
        found.append(f"The conditions have more than {PARTS} parts together: make a second queue of some of them.")
    times = [step.after_seconds for step in needs]
    if times != sorted(set(times)):
        found.append("Each step comes later than the one before it: put the steps in order, one for each time.")
    return found


def _inner(condition: Condition) -> tuple[Condition, ...]:
    match condition:
        case AllOf(of=parts) | AnyOf(of=parts):
            return parts
        case Not(of=part):
            return (part,)
        case AtLeast():
            return ()


def _depth(condition: Condition) -> int:
    return 1 + max((_depth(part) for part in _inner(condition)), default=0)


def _parts(condition: Condition) -> Iterator[Condition]:
    yield condition
    for part in _inner(condition):
        yield from _parts(part)

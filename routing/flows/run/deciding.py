"""Nodes that decide: hours, branch, set, lookup."""

from routing.flows import limits
from routing.flows.calendars.status import HoursStatus
from routing.flows.document.conditions import holds, in_words, variables_in
from routing.flows.document.nodes import Branch, Hours, Lookup, SetVariable
from routing.flows.document.templates import render
from routing.flows.run.effects import LookUpHours
from routing.flows.run.lookups import NoAnswer, request_of, results_of
from routing.flows.run.position import Phase
from routing.flows.run.walk import Walk
from routing.flows.run.words import HoursTold, LookupAnswered, LookupFailed, TimeOut

# --- hours ---


def arrive_hours(walk: Walk, node: Hours) -> None:
    walk.do(LookUpHours(turn=walk.turn(), calendar=node.calendar))
    walk.wait(Phase.WAITING, limits.ANSWER_GUARD_SECONDS)


def hours_told(walk: Walk, node: Hours, word: HoursTold) -> None:
    field, target = _branch_of(node, word.status)
    walk.go(field, target, f"{node.calendar} says {word.status.value}")


def _branch_of(node: Hours, status: HoursStatus) -> tuple[str, str]:
    if status is HoursStatus.OPEN:
        return "open", node.open
    if status is HoursStatus.HOLIDAY and node.holiday is not None:
        return "holiday", node.holiday
    if status is HoursStatus.EMERGENCY and node.emergency is not None:
        return "emergency", node.emergency
    return "closed", node.closed


def hours_timed_out(walk: Walk, node: Hours, word: TimeOut) -> None:
    walk.go("closed", node.closed, f"{node.calendar} did not answer")


# --- branch, set ---


def arrive_branch(walk: Walk, node: Branch) -> None:
    for place, case in enumerate(node.cases):
        if holds(case.when, walk.position.variables):
            hidden = variables_in(case.when) & set(walk.position.private)
            walk.go(f"cases.{place}.next", case.next, "its case holds" if hidden else in_words(case.when))
            return
    walk.go("otherwise", node.otherwise, "no case holds")


def arrive_set(walk: Walk, node: SetVariable) -> None:
    """What is made of a private value is private too."""
    value = render(node.value, walk.position.variables)
    walk.remember({node.variable: value}, private=reads_private(node.value, walk.position.private))
    walk.go("next", node.next, f"{node.variable} is set")


def reads_private(template: str, private: tuple[str, ...]) -> bool:
    return any(f"{{{name}}}" in template for name in private)


# --- lookup ---


def arrive_lookup(walk: Walk, node: Lookup) -> None:
    walk.do(request_of(node, walk.position.variables, walk.turn()))
    walk.wait(Phase.WAITING, node.seconds + limits.ANSWER_GUARD_SECONDS)


def lookup_answered(walk: Walk, node: Lookup, word: LookupAnswered) -> None:
    try:
        results = results_of(node, word.status, word.body)
    except NoAnswer as failure:
        walk.go("on_failure", node.on_failure, str(failure))
        return
    walk.remember(results)
    empty = sorted(name for name, value in results.items() if not value)
    walk.go("next", node.next, f"answered, without {', '.join(empty)}" if empty else "answered")


def lookup_failed(walk: Walk, node: Lookup, word: LookupFailed) -> None:
    walk.go("on_failure", node.on_failure, f"no answer: {word.why}" if word.why else "no answer")


def lookup_timed_out(walk: Walk, node: Lookup, word: TimeOut) -> None:
    walk.go("on_failure", node.on_failure, "nothing was reported in time")

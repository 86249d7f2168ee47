"""The trade's knowledge of what puts an indicator out of its range, and who acts; `docs/indicators.md` shows it."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from insight.kpi.targets import TargetSide


class Mover(StrEnum):
    AGENT = "agent"
    TEAM_LEAD = "team_lead"
    PLANNER = "planner"  # forecasts and schedules
    QUALITY = "quality"  # inspection, training, knowledge
    ADMIN = "admin"  # lines, flows, queues
    MANAGER = "manager"


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """`measure` shows it when it goes to the `worse` side; None: no figure can show it, somebody has to ask."""

    words: str
    mover: Mover
    act: str
    measure: str | None = None
    worse: TargetSide = TargetSide.ABOVE


Links = Mapping[tuple[str, TargetSide], tuple[Cause, ...]]

_LONG_WRAP_UP = Cause(
    words="Wrap-up takes longer than it should",
    mover=Mover.TEAM_LEAD,
    act="See whose wrap-ups are long; coach, or ask for less to be written.",
    measure="after_call_work",
)
_LONG_HOLD = Cause(
    words="Callers are held longer than expected",
    mover=Mover.QUALITY,
    act="Find what agents look up meanwhile, and put it into the knowledge base.",
    measure="average_hold_time",
)
_LONG_TALK = Cause(
    words="Talks take longer",
    mover=Mover.TEAM_LEAD,
    act="Listen to the longest calls; a new question of many callers needs a standard answer.",
    measure="average_talk_time",
)
_MORE_CALLS = Cause(
    words="More calls came than were forecast",
    mover=Mover.PLANNER,
    act="Correct the forecast and ask for people today: move breaks, open overflow.",
    measure="volume_against_forecast",
)
_FEWER_CALLS = Cause(
    words="Fewer calls came than were forecast",
    mover=Mover.PLANNER,
    act="Correct the forecast; use the time for training and follow-up.",
    measure="volume_against_forecast",
    worse=TargetSide.BELOW,
)
_LOW_ADHERENCE = Cause(
    words="Agents were not there as the schedule had them",
    mover=Mover.TEAM_LEAD,
    act="Talk to those whose adherence is low, and hear why.",
    measure="schedule_adherence",
    worse=TargetSide.BELOW,
)
_ABSENCE = Cause(
    words="People were absent",
    mover=Mover.MANAGER,
    act="Fill the shifts from those on call, and plan for the absence that there is.",
    measure="attendance",
    worse=TargetSide.BELOW,
)
_BLOCKED = Cause(
    words="Calls did not get through to the centre",
    mover=Mover.ADMIN,
    act="Look at lines in use, trunks and limits at that hour.",
    measure="blocked_rate",
)
_SLOW_ANSWER = Cause(
    words="Callers wait long for an agent",
    mover=Mover.MANAGER,
    act="See the causes below.",
    measure="average_speed_of_answer",
)
_INFORMATION = Cause(
    words="Agents lack the information to finish the call",
    mover=Mover.QUALITY,
    act="Ask what they pass on calls for, and teach or publish it.",
    measure="average_hold_time",
)
_BUSY_AGENTS = Cause(
    words="Agents hardly rest between calls",
    mover=Mover.PLANNER,
    act="Plan more people for these hours: what is saved here is paid for in leavers.",
    measure="occupancy",
)
_WAITING = (_LONG_WRAP_UP, _LONG_HOLD, _MORE_CALLS, _LOW_ADHERENCE)
_LOST = (_SLOW_ANSWER, _BLOCKED)

LINKS: Links = {
    ("average_speed_of_answer", TargetSide.ABOVE): _WAITING,
    ("average_queue_time", TargetSide.ABOVE): _WAITING,
    ("queued_rate", TargetSide.ABOVE): _WAITING,
    ("service_level", TargetSide.BELOW): (*_WAITING, _BLOCKED),
    ("abandon_rate", TargetSide.ABOVE): _LOST,
    ("answer_rate", TargetSide.BELOW): _LOST,
    ("average_time_to_abandon", TargetSide.ABOVE): (_SLOW_ANSWER,),
    ("average_time_to_abandon", TargetSide.BELOW): (
        _BLOCKED,
        Cause(
            words="Callers have other centres to call",
            mover=Mover.MANAGER,
            act="Ask some who gave up; tell the wait, or offer a callback.",
        ),
    ),
    ("schedule_adherence", TargetSide.BELOW): (
        _ABSENCE,
        Cause(
            words="Agents do other work than calls",
            mover=Mover.MANAGER,
            act="Put the work into the schedule, or give it to those who have no calls.",
            measure="other_work_share",
        ),
        Cause(
            words="Breaks are longer",
            mover=Mover.TEAM_LEAD,
            act="Ask why: after hard calls a break is right, and belongs in the schedule.",
            measure="break_share",
        ),
        Cause(words="Coaching is missing", mover=Mover.TEAM_LEAD, act="Go through a day's schedule with the agent."),
        Cause(words="The rules are misunderstood", mover=Mover.TEAM_LEAD, act="Ask the agent to tell the rules."),
    ),
    ("transfer_rate", TargetSide.ABOVE): (
        _INFORMATION,
        Cause(
            words="Callers choose wrongly in the menu, and land in the wrong queue",
            mover=Mover.ADMIN,
            act="Read the menu as a caller; see from which queue to which they are passed on.",
            measure="to_queue_share",
        ),
        Cause(
            words="More calls are passed on blindly, and callers tell their story again",
            mover=Mover.AGENT,
            act="Speak with the colleague before the caller goes over.",
            measure="blind_share",
        ),
        Cause(
            words="Skills differ between agents",
            mover=Mover.PLANNER,
            act="Compare the agents' transfer rates; send calls by skill, and train.",
        ),
    ),
    ("average_handle_time", TargetSide.ABOVE): (_LONG_TALK, _LONG_HOLD, _LONG_WRAP_UP),
    ("average_talk_time", TargetSide.ABOVE): (_INFORMATION,),
    ("after_call_work", TargetSide.ABOVE): (
        Cause(
            words="More has to be written, or systems are slow",
            mover=Mover.MANAGER,
            act="Sit beside an agent for an hour.",
        ),
        Cause(words="Agents need rest between calls", mover=Mover.PLANNER, act=_BUSY_AGENTS.act, measure="occupancy"),
    ),
    ("after_call_work", TargetSide.BELOW): (
        Cause(
            words="Calls are written up hastily, or not at all",
            mover=Mover.QUALITY,
            act="Read some records: a short wrap-up is good only where they are complete.",
            measure="coded_share",
            worse=TargetSide.BELOW,
        ),
    ),
    ("average_hold_time", TargetSide.ABOVE): (
        Cause(words=_INFORMATION.words, mover=Mover.QUALITY, act=_LONG_HOLD.act, measure="transfer_rate"),
    ),
    ("average_rings_before_answer", TargetSide.ABOVE): (_MORE_CALLS, _ABSENCE),
    ("first_call_resolution", TargetSide.BELOW): (
        Cause(
            words="Calls are passed on instead of being finished",
            mover=Mover.QUALITY,
            act="See the causes below.",
            measure="transfer_rate",
        ),
        Cause(
            words="Calls end without a wrap-up code",
            mover=Mover.AGENT,
            act="Enter the code: without it no call counts as resolved.",
            measure="coded_share",
            worse=TargetSide.BELOW,
        ),
        Cause(
            words="Callers say that they are not content",
            mover=Mover.QUALITY,
            act="Read what they wrote, and call some of them back.",
            measure="caller_satisfaction",
            worse=TargetSide.BELOW,
        ),
        Cause(
            words="Answers are wrong or incomplete",
            mover=Mover.QUALITY,
            act="Listen to calls that were followed by another one.",
            measure="monitoring_score",
            worse=TargetSide.BELOW,
        ),
    ),
    ("blocked_rate", TargetSide.ABOVE): (
        _MORE_CALLS,
        Cause(
            words="Lines or limits are too few", mover=Mover.ADMIN, act="Compare calls at once with lines and limits."
        ),
    ),
    ("calls_per_hour", TargetSide.BELOW): (
        Cause(words="Calls take longer", mover=Mover.TEAM_LEAD, act=_LONG_TALK.act, measure="average_handle_time"),
        _FEWER_CALLS,
    ),
    ("calls_offered", TargetSide.ABOVE): (_MORE_CALLS,),
    ("occupancy", TargetSide.ABOVE): (_MORE_CALLS, _ABSENCE),
    ("occupancy", TargetSide.BELOW): (_FEWER_CALLS,),
    ("cost_per_call", TargetSide.ABOVE): (
        _FEWER_CALLS,
        Cause(
            words="Each call takes more time",
            mover=Mover.TEAM_LEAD,
            act="See the causes below.",
            measure="average_handle_time",
        ),
        Cause(
            words="People are paid to wait",
            mover=Mover.PLANNER,
            act="Shift people to the hours in which calls come.",
            measure="occupancy",
            worse=TargetSide.BELOW,
        ),
    ),
    ("attendance", TargetSide.BELOW): (
        Cause(words="Illness, or shifts that do not fit", mover=Mover.TEAM_LEAD, act="Talk to those who were absent."),
        _BUSY_AGENTS,
    ),
    ("monitoring_score", TargetSide.BELOW): (
        Cause(
            words="Training is missing", mover=Mover.QUALITY, act="See which items lose the points, and train those."
        ),
        _BUSY_AGENTS,
    ),
    ("agent_turnover", TargetSide.ABOVE): (
        _BUSY_AGENTS,
        Cause(words="Pay, prospects or treatment", mover=Mover.MANAGER, act="Ask those who leave, and those who stay."),
    ),
}

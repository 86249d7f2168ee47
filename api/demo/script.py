"""Who calls when: the fixed calls of `--once`, and the traffic of a demonstration that goes on."""

from api.demo.plans import AnswerPlan, CallPlan, CarrierPlan, Traffic
from api.demo.robots import Habits
from api.demo.seed import SALES_NUMBER, SERVICE_NUMBER, TRUNK_PASSWORD, TRUNK_USER

OUTSIDE = "+442079460199"  # whom the robot dials
CALLS_PER_MINUTE = 8.0
SEED = 20260302

ONCE_HABITS = Habits(
    answers_after=(2.5, 3.0),  # long enough for the callers to hear the music
    talks_for=(7.0, 7.5),
    wraps_up_for=(1.0, 1.5),
    waits=0.0,
    holds_for=2.0,
)
HABITS = Habits()

# The greeting takes 4.7 s; the first three find a free robot, the fourth waits for the one that dials out.
ONCE_CALLS = (
    CallPlan(name="caller-1", caller="+442079460001", called=SALES_NUMBER, voice="caller-1.wav", codec="PCMU"),
    CallPlan(
        name="caller-2",
        caller="+442079460002",
        called=SERVICE_NUMBER,
        voice="caller-2.wav",
        codec="PCMA",
        starts_after=0.3,
        leaves_after=13.0,
    ),
    CallPlan(
        name="caller-3",
        caller="+442079460003",
        called=SALES_NUMBER,
        voice="caller-3.wav",
        codec="PCMA",
        starts_after=0.6,
    ),
    CallPlan(
        name="caller-4",
        caller="+442079460004",
        called=SERVICE_NUMBER,
        voice="caller-4.wav",
        codec="PCMU",
        starts_after=1.2,
    ),
    CallPlan(
        name="impatient",
        caller="+442079460005",
        called=SALES_NUMBER,
        voice="caller-1.wav",
        starts_after=1.8,
        leaves_after=6.8,
    ),
)


def carrier_plan(port: int, gateway_port: int, folder: str | None, traffic: bool) -> CarrierPlan:
    """The fixed calls with what everyone heard kept in `folder`, or random traffic of which nothing is kept."""
    return CarrierPlan(
        host="127.0.0.1",
        port=port,
        gateway_host="127.0.0.1",
        gateway_port=gateway_port,
        answer=AnswerPlan(voice="caller-2.wav", username=TRUNK_USER, password=TRUNK_PASSWORD),
        calls=() if traffic else ONCE_CALLS,
        traffic=Traffic(seed=SEED, calls_per_minute=CALLS_PER_MINUTE, called=(SALES_NUMBER, SERVICE_NUMBER))
        if traffic
        else None,
        folder=folder,
    )

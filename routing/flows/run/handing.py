"""Nodes that hand the caller to others: queue, callback, voicemail, transfer, robot, go to, hang up."""

from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.telephony import PhoneParty, TrunkParty
from routing.flows import limits
from routing.flows.document.nodes import (
    AgentTarget,
    GoTo,
    HangUp,
    NumberTarget,
    PhoneTarget,
    Queue,
    Robot,
    Transfer,
)
from routing.flows.document.numbers import number_of
from routing.flows.document.templates import render
from routing.flows.run.effects import (
    AgentParty,
    ConnectRobot,
    ConnectTo,
    DisconnectRobot,
    EndCall,
    EnterFlow,
    EnterQueue,
    LeaveQueue,
    StopConnecting,
)
from routing.flows.run.position import Ending, Phase
from routing.flows.run.walk import Walk
from routing.flows.run.words import (
    FlowMissing,
    KeyPressed,
    QueueExit,
    QueueLeft,
    RobotFailed,
    RobotReturned,
    TimeOut,
    TransferAnswered,
    TransferFailed,
)

CAUSES = {
    "completed": EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM),
    "refused": EndCause(EndResult.OURS, EndReason.NOT_ALLOWED),
}

# --- queue ---


def arrive_queue(walk: Walk, node: Queue) -> None:
    leave_on = [QueueExit.FULL, QueueExit.GONE]
    if node.on_no_agents is not None:
        leave_on.append(QueueExit.NO_AGENTS)
    if node.on_limit is not None and node.limit_seconds is not None:
        leave_on.append(QueueExit.LIMIT)
    agent = render(node.agent, walk.position.variables).strip()
    walk.do(
        EnterQueue(
            turn=walk.turn(),
            queue=node.queue,
            skills=node.skills,
            priority=node.priority,
            agent=agent,
            agent_seconds=node.agent_seconds if agent else 0.0,
            limit_seconds=node.limit_seconds,
            leave_on=tuple(leave_on),
            context=walk.context(),
        )
    )
    walk.set(ahead="")
    walk.wait(Phase.WAITING, None)


def queue_left(walk: Walk, node: Queue, word: QueueLeft) -> None:
    if word.exit is QueueExit.AGENT:
        walk.end(Ending.AGENT, "an agent has the call")
    elif word.exit is QueueExit.LIMIT and node.on_limit is not None:
        walk.set(steps=0)
        walk.go("on_limit", node.on_limit, f"{node.limit_seconds} s have passed")
    elif word.exit is QueueExit.NO_AGENTS and node.on_no_agents is not None:
        walk.go("on_no_agents", node.on_no_agents, "nobody is there to take calls")
    else:
        walk.go("on_full", node.on_full, f"the queue sent the caller back: {word.exit.value}")


def queue_pressed(walk: Walk, node: Queue, word: KeyPressed) -> None:
    if node.on_callback is None or word.key != node.callback_key:
        return
    walk.do(LeaveQueue())
    walk.go("on_callback", node.on_callback, f"the caller pressed {word.key} while waiting")


# --- transfer ---


def arrive_transfer(walk: Walk, node: Transfer) -> None:
    to = _party(walk, node)
    if to is None:
        walk.go("on_failure", node.on_failure, "the variable holds no number that can be called")
        return
    walk.do(ConnectTo(turn=walk.turn(), to=to, ring_seconds=node.ring_seconds))
    walk.wait(Phase.WAITING, node.ring_seconds + limits.ANSWER_GUARD_SECONDS)


def _party(walk: Walk, node: Transfer) -> TrunkParty | PhoneParty | AgentParty | None:
    match node.to:
        case AgentTarget(agent=agent):
            return AgentParty(agent)
        case PhoneTarget(user=user):
            return PhoneParty(user)
        case NumberTarget(number=number):
            called = number_of(number)
        case _:
            called = number_of(walk.value(node.to.variable))
    return None if called is None else TrunkParty(called)


def transfer_answered(walk: Walk, node: Transfer, word: TransferAnswered) -> None:
    walk.end(Ending.TRANSFERRED, "they answered")


def transfer_failed(walk: Walk, node: Transfer, word: TransferFailed) -> None:
    walk.go("on_failure", node.on_failure, f"not reached: {word.why}" if word.why else "not reached")


def transfer_timed_out(walk: Walk, node: Transfer, word: TimeOut) -> None:
    walk.do(StopConnecting())
    walk.go("on_failure", node.on_failure, "nothing was reported in time")


# --- robot ---


def arrive_robot(walk: Walk, node: Robot) -> None:
    send = {name: walk.value(name) for name in node.send}
    walk.do(ConnectRobot(turn=walk.turn(), robot=node.robot, send=send, seconds=node.seconds))
    walk.wait(Phase.WAITING, node.seconds + limits.ANSWER_GUARD_SECONDS)


def robot_returned(walk: Walk, node: Robot, word: RobotReturned) -> None:
    """All results have a value then; what it tells beside them is not asked for."""
    walk.remember({name: word.results.get(name, "") for name in node.results})
    known = word.outcome in node.outcomes
    field = f"outcomes.{word.outcome}" if known else "otherwise"
    target = node.outcomes[word.outcome] if known else node.otherwise
    walk.go(field, target, f"the robot came back with {word.outcome!r}")


def robot_failed(walk: Walk, node: Robot, word: RobotFailed) -> None:
    walk.go("on_failure", node.on_failure, f"the robot failed: {word.why}" if word.why else "the robot failed")


def robot_timed_out(walk: Walk, node: Robot, word: TimeOut) -> None:
    walk.do(DisconnectRobot())
    walk.go("on_failure", node.on_failure, f"the robot did not come back in {node.seconds} s")


# --- go to, hang up ---


def arrive_go_to(walk: Walk, node: GoTo) -> None:
    walk.do(EnterFlow(turn=walk.turn(), flow=node.flow))
    walk.wait(Phase.WAITING, limits.ANSWER_GUARD_SECONDS)


def flow_missing(walk: Walk, node: GoTo, word: FlowMissing | TimeOut) -> None:
    walk.fail("flow", f"there is no live flow {node.flow}")


def arrive_hang_up(walk: Walk, node: HangUp) -> None:
    walk.do(EndCall(cause=CAUSES[node.cause]))
    walk.end(Ending.HUNG_UP, f"the flow hangs up: {node.cause}")

"""What a person sees of a demonstration in the terminal."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table

from api.demo.evidence import Check
from api.demo.plans import CallFinished, CallPlaced, CarrierEvent
from api.demo.robots import Conversation, Robot
from api.demo.seed import PASSWORD, Centre

_LINES = 8  # of what happened lately
_STYLES = {
    "available": "green",
    "offered": "yellow",
    "connected": "bold cyan",
    "wrap_up": "magenta",
    "not_ready": "red",
}


class Screen:
    """Counts what the carrier and the robots tell, and draws it."""

    def __init__(self, console: Console, url: str, robots: Sequence[Robot]) -> None:
        self.console = console
        self._url = url
        self._robots = robots
        self._placed = self._over = self._talks = 0
        self._lately: deque[str] = deque(maxlen=_LINES)

    def carrier_told(self, event: CarrierEvent) -> None:
        if isinstance(event, CallPlaced):
            self._placed += 1
            self._say(f"a caller dials …{event.called[-4:]}")
        elif isinstance(event, CallFinished):
            self._over += event.placed_by == "carrier"
            seconds = event.ended_at - (event.answered_at or event.ended_at)
            who = "the caller" if event.hung_up_by == "carrier" else "the centre"
            self._say(f"a call ends after {seconds:.0f} s, {who} hung up")

    def robot_told(self, conversation: Conversation) -> None:
        self._talks += 1
        lasted = conversation.ended_at - conversation.connected_at
        self._say(f"{conversation.robot} talked for {lasted:.0f} s")

    def _say(self, text: str) -> None:
        self._lately.append(f"[dim]{datetime.now().astimezone():%H:%M:%S}[/dim]  {text}")

    def __rich__(self) -> RenderableType:
        figures = Table.grid(padding=(0, 3))
        figures.add_row(
            f"[bold]{self._placed}[/bold] calls",
            f"[bold]{self._placed - self._over}[/bold] on the line",
            f"[bold]{self._talks}[/bold] conversations",
        )
        agents = Table.grid(padding=(0, 3))
        for robot in self._robots:
            state = robot.state
            agents.add_row(robot.plan.name, f"[{_STYLES.get(state, 'dim')}]{state.replace('_', ' ')}[/]")
        body = Group(figures, "", agents, "", *self._lately)
        return Panel(body, title=f"Cordboard demonstration — {self._url}", subtitle="Ctrl-C ends all", padding=(1, 2))


def show_log_ins(console: Console, url: str, centre: Centre) -> None:
    table = Table(title=f"Log in at {url}", title_style="bold", min_width=60)
    for heading in ("who", "role", "e-mail"):
        table.add_column(heading)
    for person in centre.staff:
        table.add_row(person.name, person.role, person.email)
    console.print(table)
    console.print(f"Everyone's password: [bold]{PASSWORD}[/bold]")
    console.print("As an agent: allow the microphone, choose Ready, and the next caller may be yours.\n")


def show_checks(console: Console, checks: Sequence[Check]) -> None:
    table = Table(title="What was measured", title_style="bold")
    for heading in ("", "check", "detail"):
        table.add_column(heading)
    for check in checks:
        table.add_row("[green]✓[/green]" if check.ok else "[red]✗[/red]", check.name.replace("_", " "), check.detail)
    console.print(table)

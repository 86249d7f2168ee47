"""Voice robots that call flows connect callers with."""

from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import UnsetType

from api.paging import Paging
from api.routes.flows import read_name
from api.routes.responses import created, shown
from api.schemas.common import Page
from api.schemas.flows import RobotBody, RobotChange, RobotInput
from api.work import Unit, Work
from kernel.primitives.secret import Secret
from routing.library import Robot, RobotWish

COLLECTION = "/v1/robots"


def _body(robot: Robot) -> RobotBody:
    return RobotBody(id=robot.id, name=robot.name, url=robot.url, note=robot.note, has_secret=robot.sealed is not None)


def _wish(url: str, note: str, secret: str | UnsetType | None) -> RobotWish:
    return RobotWish(url, note, Secret(secret) if isinstance(secret, str) else None)


@get(COLLECTION, operation_id="list_robots", tags=["Call flows"])
async def list_robots(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[RobotBody]:
    """Voice robots in the order in which they were made, without their secrets."""
    async with work.read() as unit:
        found = await unit.robots.page(paging.after, paging.one_more)
    return paging.page(found, _body)


@post(COLLECTION, operation_id="create_robot", status_code=201, tags=["Call flows"])
async def create_robot(data: JSONBody[RobotInput], work: NamedDependency[Work]) -> Response[RobotBody]:
    """Add a voice robot that speaks Twilio Media Streams messages; its secret is never shown again."""
    name = read_name(data.name)

    async def add(unit: Unit) -> Response[RobotBody]:
        robot = await unit.robots.create(name, _wish(data.url, data.note, data.secret))
        return created(_body(robot), robot.revision, COLLECTION, robot.id)

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_robot", tags=["Call flows"])
async def get_robot(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[RobotBody]:
    """A voice robot, without its secret."""
    async with work.read() as unit:
        robot = await unit.robots.get(key)
    return shown(_body(robot), robot.revision)


@put(f"{COLLECTION}/{{id:uuid}}", operation_id="replace_robot", tags=["Call flows"])
async def replace_robot(
    key: NamedDependency[UUID],
    data: JSONBody[RobotChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[RobotBody]:
    """Give a voice robot another address, secret or note; conversations that it has go on."""
    wish = _wish(data.url, data.note, data.secret)
    keep_secret = isinstance(data.secret, UnsetType)
    async with work.write() as unit:
        robot = await unit.robots.replace(key, wish, expected, keep_secret=keep_secret)
    return shown(_body(robot), robot.revision)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_robot", status_code=204, tags=["Call flows"])
async def delete_robot(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> None:
    """Remove a voice robot that no live call flow connects."""
    async with work.write() as unit:
        await unit.robots.remove(key, await unit.flows.live(), expected)


HANDLERS = [list_robots, create_robot, get_robot, replace_robot, delete_robot]

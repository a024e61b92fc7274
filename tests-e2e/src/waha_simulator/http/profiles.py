"""What people show of themselves: profile pictures."""

from aiohttp import web
from msgspec import Struct, field

from waha_simulator.http.edge import SIMULATOR, answer, body, required

routes = web.RouteTableDef()


class ProfilePicture(Struct, frozen=True, kw_only=True):
    """The address of a picture; null where there is none to see."""

    url: str | None = field(name="profilePictureURL")


class ShowPicture(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The person of a chat id (`…@c.us`, `…@lid`) shows this picture, or none."""

    chat_id: str
    url: str | None = None


@routes.get("/api/contacts/profile-picture")
async def profile_picture(request: web.Request) -> web.Response:
    """The picture that a person shows."""
    simulator = request.app[SIMULATOR]
    simulator.working(required(request, "session"))
    contact_id = required(request, "contactId")
    simulator.pictures_asked.append(contact_id)
    return answer(ProfilePicture(url=simulator.pictures.get(contact_id)))


@routes.put("/simulator/pictures")
async def show_picture(request: web.Request) -> web.Response:
    """Somebody changes their picture."""
    wanted = await body(request, ShowPicture)
    pictures = request.app[SIMULATOR].pictures
    if wanted.url is None:
        pictures.pop(wanted.chat_id, None)
    else:
        pictures[wanted.chat_id] = wanted.url
    return answer(None, 204)


@routes.get("/simulator/pictures/asked")
async def pictures_asked(request: web.Request) -> web.Response:
    """Whose pictures were asked for, in order."""
    return answer(request.app[SIMULATOR].pictures_asked)

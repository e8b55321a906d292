"""Routes that are asked all day, without what FastAPI does for routes that may bring anything.

NotDirect           a route that needs more than that; the process does not start
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette import types

from shared.web.access import needed_scope


class NotDirect(Exception):
    """Our mistake."""


class Direct(APIRoute):
    """`APIRouter(route_class=Direct)`: the endpoint takes `request`, `caller` and texts of the path, and nothing else.

    Finding these three by signature, with room for cleaning up and for a body, takes FastAPI 70 µs a request; the route
    is described and guarded as every other.
    """

    def __init__(self, path: str, endpoint: Callable[..., Awaitable[Response]], **settings: Any) -> None:
        super().__init__(path, endpoint, **settings)
        needs, *others = self.dependant.dependencies
        scope = needed_scope(needs)
        given = self.dependant
        texts = all(one.field_info.annotation is str for one in given.path_params)
        if others or scope is None or needs.name != "caller" or given.request_param_name != "request" or not texts:
            raise NotDirect(path)
        if given.query_params or given.header_params or given.cookie_params or given.body_params:
            raise NotDirect(path)

        async def answer(asked: types.Scope, receive: types.Receive, send: types.Send) -> None:
            request = Request(asked, receive, send)
            caller = await request.app.state.gate.admit(request, scope)
            response = await endpoint(request=request, caller=caller, **request.path_params)
            await response(asked, receive, send)

        self.app = answer

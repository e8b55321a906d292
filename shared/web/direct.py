"""Routes that are asked all day, without what FastAPI does for routes that may bring anything.

NotDirect           a route that needs more than that; the process does not start
"""

from collections.abc import Awaitable, Callable
from inspect import signature
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette import types

from shared.access import Scope
from shared.web.access import needed_scope


class NotDirect(Exception):
    """Our mistake."""


class Direct(APIRoute):
    """`APIRouter(route_class=Direct)`: the endpoint takes `request`, `caller` and texts of the path, and nothing else.

    Finding these three by signature, with room for cleaning up and for a body, takes FastAPI 50 µs a request; the route
    is described and guarded as every other.
    """

    def __init__(self, path: str, endpoint: Callable[..., Awaitable[Response]], **settings: Any) -> None:
        super().__init__(path, endpoint, **settings)
        scope = _scope_of(endpoint, self.dependant)
        if scope is None:
            raise NotDirect(path)

        async def answer(asked: types.Scope, receive: types.Receive, send: types.Send) -> None:
            request = Request(asked, receive, send)
            caller = await request.app.state.gate.admit(request, scope)
            response = await endpoint(request=request, caller=caller, **request.path_params)
            await response(asked, receive, send)

        self.app = answer


def _scope_of(endpoint: Callable[..., Any], needs: Dependant) -> Scope | None:
    """None where the endpoint takes something else than these three, or lacks one."""
    others = [*needs.query_params, *needs.header_params, *needs.cookie_params, *needs.body_params]
    # A bound on a text would not be kept, and under another name it would not be given.
    texts = all(one.field_info.annotation is str and not one.field_info.metadata for one in needs.path_params)
    taken = set(signature(endpoint).parameters)
    if others or not texts or taken != {"request", "caller", *(one.alias for one in needs.path_params)}:
        return None
    if needs.request_param_name != "request" or len(needs.dependencies) != 1:
        return None
    [guard] = needs.dependencies
    return needed_scope(guard) if guard.name == "caller" else None

"""Routes that are asked all day, without what FastAPI does for routes that may bring anything.

NotDirect           a route that needs more than that; the process does not start
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from inspect import signature
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette import types
from starlette.routing import BaseRoute

from shared.access import Scope
from shared.web.access import needed_scope


class NotDirect(Exception):
    """Our mistake."""


# By class of error, as FastAPI takes them.
Handlers = Mapping[Any, Callable[[Request, Any], Awaitable[Response]]]


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


class ShortWay:
    """Goes to direct routes at once: the framework's layers, each there for something that these routes do not do, and
    the search among all routes take 20 µs. Everything else goes the long way.

    handlers: for what an endpoint raises, the same as the framework's; other errors are left to who stands outside.
    """

    def __init__(self, app: types.ASGIApp, routes: Iterable[BaseRoute], handlers: Handlers) -> None:
        self._app = app
        self._routes = [route for route in routes if isinstance(route, Direct)]
        self._handlers = handlers

    async def __call__(self, asked: types.Scope, receive: types.Receive, send: types.Send) -> None:
        route = self._found(asked)
        if route is None:
            await self._app(asked, receive, send)
            return
        try:
            await route.app(asked, receive, send)
        except Exception as error:
            handler = next((self._handlers[kind] for kind in type(error).__mro__ if kind in self._handlers), None)
            if handler is None:
                raise
            response = await handler(Request(asked, receive, send), error)
            await response(asked, receive, send)

    def _found(self, asked: types.Scope) -> Direct | None:
        """And what the framework would say of it to those who come after."""
        if asked["type"] == "http":
            for route in self._routes:
                named = route.path_regex.match(asked["path"])
                if named is not None and asked["method"] in (route.methods or ()):
                    asked["route"], asked["path_params"] = route, named.groupdict()
                    return route
        return None


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

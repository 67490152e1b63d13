"""The edge of every REST route: who asks, what they sent, and what they are told.

    @endpoint(bp, "/v1/orders", "POST", roles=STAFF, status=201)
    def create(request: ApiRequest, body: OrderDraft) -> Answer[OrderView]: ...

A view gets an ApiRequest that is already authenticated and, where it has parameters of these names, the `body`,
the `query` and the `headers` as what they are annotated with. It raises a `Refusal` for whatever it will not do;
here each becomes `application/problem+json`. Chalice's middleware never sees what a view raises, hence a
decorator. The OpenAPI document is made of the same annotations.

A view answers what staff receive. Other roles receive what auth/audiences.py leaves of it; an endpoint that would
answer them a shape without a table there cannot be registered.
"""

import re
from collections.abc import Callable, Collection, Mapping
from time import perf_counter
from typing import Annotated, Any, Final, Generic, TypeVar, get_args

import msgspec
from chalice.app import Blueprint, Request, Response
from msgspec import Meta, Struct, structs

from chalicelib.api.request import ApiRequest
from chalicelib.api.wire import CORS, bearer_token, correlation_id_of, internal_error, response
from chalicelib.auth.audiences import seen_answer, shape_of
from chalicelib.auth.live import verify_live, verify_token
from chalicelib.auth.principal import STAFF
from chalicelib.auth.recent import verify_recent
from chalicelib.auth.rules import check_role
from chalicelib.auth.source import client_fields
from chalicelib.core.aws import time_budget
from chalicelib.core.errors import NotFound, Refusal
from chalicelib.core.fields import Id
from chalicelib.core.logs import add, bind, log
from chalicelib.core.outages import is_outage, unavailable
from chalicelib.models.parsing import Unreadable

T = TypeVar("T")


class Answer(Struct, Generic[T], frozen=True):
    """What a view answers: a JSON body (None for none), the status if not the endpoint's, further headers.

    A body that is text or bytes goes out as it is, under the `Content-Type` of the headers.
    """

    body: T
    status: int = 0
    headers: Mapping[str, str] = {}


class Route(Struct, frozen=True):
    """One endpoint, as it was registered.

    roles: None for everybody. form: the body as a form, where the endpoint takes one. shape: of the answer, where
    not only staff receive it. view: the function, with its annotations. The others: see `endpoint`.
    """

    path: str
    method: str
    roles: frozenset[str] | None
    trust_token: bool
    initial_password: bool
    status: int
    located: bool
    errors: frozenset[type[Refusal]]
    parts: Mapping[str, Any]
    form: Any
    shape: Any
    view: Callable[..., Answer[Any]]

    @property
    def path_shapes(self) -> dict[str, Any]:
        """What the parameters of the path must be, by name."""
        names = _PARAMETER.findall(self.path)
        return {name: self.parts.get(name, Id if name.endswith("_id") else PathPart) for name in names}


# What stands in a path where the endpoint says nothing else. DynamoDB takes no key of over a kilobyte.
PathPart = Annotated[str, Meta(min_length=1, max_length=64)]
_PARAMETER: Final = re.compile(r"\{(\w+)\}")

# Every endpoint of the modules that are imported.
ROUTES: Final[list[Route]] = []


def endpoint(
    bp: Blueprint,
    path: str,
    method: str,
    *,
    roles: Collection[str] | None,
    trust_token: bool = False,
    initial_password: bool = False,
    status: int = 200,
    located: bool = False,
    errors: Collection[type[Refusal]] = (),
    parts: Mapping[str, Any] = {},
    form: Any = None,
) -> Callable[[Callable[..., Answer[Any]]], Callable[..., Response]]:
    """Registers a view.

    roles: who may call; None is for everybody, without a token. status: of its answer, where that says no other.
    trust_token: take the token's word instead of reading the session, user and tenant, unless the access of its
        bearer changed lately (auth/revocations.py). Only for the few hot paths that must cost one DynamoDB call; a
        sign-out or a suspension counts within seconds there, everywhere else at once.
    initial_password: admit also a user who must change the password first.
    located: answer something new, whose `id` under this path is its `Location`.
    errors: what it raises beyond what its roles, path, body and query lead to (refusals.py); for the document.
    parts: what the parts of the path are that are no ids, and no `PathPart`; anything else is a 404.
    form: what the body is where it comes as a form, a kind of the view's `body`; None where only JSON is taken.
    """

    def register(view: Callable[..., Answer[Any]]) -> Callable[..., Response]:
        may = None if roles is None else frozenset(roles)
        shape = shape_of(get_args(view.__annotations__["return"])[0]) if may is not None and may - STAFF else None
        route = Route(
            path=path,
            method=method,
            roles=may,
            trust_token=trust_token,
            initial_password=initial_password,
            status=status,
            located=located,
            errors=frozenset(errors),
            parts=parts,
            form=form,
            shape=shape,
            view=view,
        )
        ROUTES.append(route)
        path_shapes = route.path_shapes

        @time_budget()
        def handle(**parameters: str) -> Response:
            return _response(route, bp.current_request, parameters, path_shapes)

        # Chalice takes a function's name for its own bookkeeping; the route must be unique in it.
        handle.__name__ = f"{bp.__class__.__name__}_{view.__name__}"
        handle.__doc__ = view.__doc__
        handle.__module__ = view.__module__
        bp.route(path, methods=[method], cors=CORS, content_types=["*/*"])(handle)
        return handle

    return register


def _response(
    route: Route, raw: Request, parameters: Mapping[str, str], path_shapes: Mapping[str, Any]
) -> Response:
    """Serves a request; whatever is raised becomes a problem, and a log line says what was answered."""
    started = perf_counter()
    correlation_id = correlation_id_of(raw)
    client = client_fields(raw.context, raw.headers)
    bind(correlation_id, **client)
    answer: Answer[Any]
    fields: dict[str, Any] = {}
    try:
        request = ApiRequest(
            path=parameters,
            headers=raw.headers,
            query_params=raw.query_params or {},
            raw_body=raw.raw_body,
            correlation_id=correlation_id,
            _address=client.get("address"),
        )
        _authenticate(request, route)
        _check_path(parameters, path_shapes)
        answer = _answer(request, route)
    except Refusal as refusal:
        if isinstance(refusal, Unreadable):
            refusal.report()
        answer = _problem(refusal)
        fields["code"] = refusal.code
    except Exception as error:  # noqa: BLE001 - whatever it is, a client gets a problem
        # The last line before Chalice's own 500, which is no problem document.
        if is_outage(error):
            log.exception("storage_unavailable")
            answer = _problem(unavailable())
        else:
            log.exception("request_crashed")
            answer = Answer(internal_error(correlation_id), 500)
    status = answer.status or route.status
    ms = round((perf_counter() - started) * 1000, 1)
    log.info(
        "request_done", extra={"method": route.method, "route": route.path, "status": status, "ms": ms, **fields}
    )
    return response(answer.body, status, answer.headers, correlation_id)


def _authenticate(request: ApiRequest, route: Route) -> None:
    """Sets the request's principal, where the route wants one. Raises what the token and the rules refuse with."""
    if route.roles is None:
        return
    principal = verify_token(bearer_token(request.headers), initial_password=route.initial_password)
    add(tenant_id=principal.tenant_id, user_id=principal.user_id)
    if route.trust_token:
        verify_recent(principal)
    else:
        request._live = verify_live(principal)
    check_role(principal.role, route.roles)
    request._principal = principal


def _answer(request: ApiRequest, route: Route) -> Answer[Any]:
    """Calls the view with what it is annotated with; its answer as the principal's role may see it."""
    annotations = route.view.__annotations__
    sent: dict[str, Any] = {}
    if "body" in annotations:
        sent["body"] = request.body(annotations["body"], route.form)
    if "query" in annotations:
        sent["query"] = request.query(annotations["query"])
    if "headers" in annotations:
        sent["headers"] = request.named_headers(annotations["headers"])
    answer = route.view(request, **sent)
    if route.located:
        answer = structs.replace(answer, headers={"Location": f"/api{route.path}/{_id_of(answer.body)}"})
    if route.shape is not None:
        answer = structs.replace(answer, body=seen_answer(answer.body, route.shape, request.principal.role))
    return answer


def _check_path(parameters: Mapping[str, str], shapes: Mapping[str, Any]) -> None:
    """Raises NotFound for what can be the name of nothing, before it becomes a key."""
    for name, shape in shapes.items():
        try:
            msgspec.convert(parameters[name], shape)
        except msgspec.ValidationError as error:
            raise NotFound("There is nothing under this path.") from error


def _id_of(body: Any) -> str:
    return str(body["id"] if isinstance(body, dict) else body.id)


def _problem(refusal: Refusal) -> Answer[Any]:
    return Answer(refusal.problem(), refusal.status, refusal.headers)

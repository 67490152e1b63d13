"""Function `optimize_routes`: solves a route problem for the API, which invokes it and waits."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import msgspec
from chalice.app import Blueprint

from chalicelib.core.logs import bind, log
from chalicelib.core.settings import settings
from chalicelib.routes.matrix import matrix_of
from chalicelib.routes.optimizer import Task
from chalicelib.routes.solver import solve

bp = Blueprint(__name__)


@bp.lambda_function(name="optimize_routes")
def optimize_routes(event: Mapping[str, Any], _: object) -> Any:
    """event: a `Task`; returns a `Solution`; both as JSON values."""
    task = msgspec.convert(event, Task)
    bind(task.correlation_id, tenant_id=task.tenant_id)
    began = perf_counter()
    matrix = matrix_of(task.problem.places, osrm_url=settings().osrm_url)
    measured = perf_counter()
    solution = solve(task.problem, matrix)
    log.info(
        "routes_optimized",
        extra={
            "stops": len(task.problem.stops),
            "vehicles": len(task.problem.vehicles),
            "tours": len(solution.tours),
            "left": len(solution.left),
            "matrix": matrix.source,
            "matrix_ms": round((measured - began) * 1000, 1),
            "solve_ms": round((perf_counter() - measured) * 1000, 1),
        },
    )
    return msgspec.to_builtins(solution)

"""`/v1/routes/optimize`: proposes routes."""

from chalice.app import Blueprint

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import STAFF
from chalicelib.routes.optimizer import solved
from chalicelib.routes.optimizing import propose
from chalicelib.routes.proposals import Proposal, ProposalDraft

bp = Blueprint(__name__)


@endpoint(bp, "/v1/routes/optimize", "POST", roles=STAFF)
def optimize(request: ApiRequest, body: ProposalDraft) -> Answer[Proposal]:
    """Proposes routes for a day's orders. Writes nothing; create the routes with `POST /v1/routes`."""
    tenant = request.tenant
    proposal = propose(
        request.principal,
        tenant,
        body,
        solved=lambda problem: solved(problem, tenant_id=tenant.id, correlation_id=request.correlation_id),
    )
    return Answer(proposal)

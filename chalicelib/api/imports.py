"""`/v1/imports`: imports customers, orders and another system's exports from files; for admins users, too."""

from typing import Annotated, get_args

import msgspec
from chalice.app import Blueprint
from msgspec import Struct

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.pages import Page, to_page
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import STAFF
from chalicelib.core.clock import now
from chalicelib.core.errors import Conflict
from chalicelib.core.fields import Id, Part, WireTime, one_of
from chalicelib.imports import jobs
from chalicelib.imports.drafts import NewImport, RowsQuery
from chalicelib.imports.map.columns import ImportKind
from chalicelib.imports.read.file_table import Format
from chalicelib.imports.report import RowView, report_page
from chalicelib.imports.storage import UploadForm, upload_form
from chalicelib.models.file_import import STATES, STEPS, FileImport
from chalicelib.models.views import view_of

bp = Blueprint(__name__)


class ProblemView(Struct):
    """Why an import is `refused` or `failed`."""

    code: str
    detail: str


_STALLED = ProblemView("stalled", "nothing has happened for a while; it is tried again, or ask again")


class ImportView(Struct, kw_only=True):
    """state: `waiting_for_file`, `checking`, `checked`, `committing`, `done`, `refused` or `failed`; step: the
    current or last one of `read`, `check`, `recheck` and `write`.

    rows: how many there are (`total`), were checked and written, and how many have each outcome. columns: the
    file's header by our field; unused: the headers of columns that are ignored.
    """

    id: Id
    kind: Annotated[str, one_of(get_args(ImportKind))]
    file_name: str
    format: Annotated[str, one_of(get_args(Format))] | None
    source: str
    state: Annotated[str, one_of(STATES)]
    step: Annotated[str, one_of(STEPS)] | None
    rows: dict[str, int]
    columns: dict[str, str]
    unused: list[str]
    encoding: str | None
    problem: ProblemView | None
    made_by: str
    created_at: WireTime
    updated_at: WireTime
    checked_at: WireTime | None
    committed_at: WireTime | None
    finished_at: WireTime | None
    upload: UploadForm | None = None


@endpoint(bp, "/v1/imports", "GET", roles=STAFF)
def list_(request: ApiRequest, query: Part) -> Answer[Page[ImportView]]:
    """The tenant's imports, newest first."""
    return Answer(to_page(jobs.list_imports(request.principal, query), _view))


@endpoint(bp, "/v1/imports", "POST", roles=STAFF, status=201, located=True)
def create(request: ApiRequest, body: NewImport) -> Answer[ImportView]:
    """Creates an import. The client posts its file with the form of this answer."""
    moment = now()
    row = jobs.create_import(request.principal, body, correlation_id=request.correlation_id, now=moment)
    view = _view(row, upload_form(row, now=moment))
    return Answer(view)


@endpoint(bp, "/v1/imports/{import_id}", "GET", roles=STAFF)
def show(request: ApiRequest) -> Answer[ImportView]:
    """One import and its progress."""
    return Answer(_view(jobs.get_import(request.principal, request.path["import_id"])))


@endpoint(bp, "/v1/imports/{import_id}/rows", "GET", roles=STAFF)
def rows(request: ApiRequest, query: RowsQuery) -> Answer[Page[RowView]]:
    """The planned or final outcome of each row, in the file's order."""
    row = jobs.get_import(request.principal, request.path["import_id"])
    return Answer(Page(*report_page(row, query)))


@endpoint(bp, "/v1/imports/{import_id}/check", "POST", roles=STAFF, status=202, errors={Conflict})
def check(request: ApiRequest) -> Answer[ImportView]:
    """Starts reading the file and checking all rows. Writes no record."""
    row = jobs.start_check(
        request.principal, request.path["import_id"], correlation_id=request.correlation_id, now=now()
    )
    return Answer(_view(row))


@endpoint(bp, "/v1/imports/{import_id}/commit", "POST", roles=STAFF, status=202, errors={Conflict})
def commit(request: ApiRequest) -> Answer[ImportView]:
    """Starts checking all rows again and writing them; nothing is written unless every row is valid."""
    row = jobs.start_commit(
        request.principal, request.path["import_id"], correlation_id=request.correlation_id, now=now()
    )
    return Answer(_view(row))


def _view(row: FileImport, upload: UploadForm | None = None) -> ImportView:
    problem = msgspec.json.decode(row.problem, type=ProblemView) if row.problem else None
    state = row.state
    if jobs.stalled(row, now()):
        state, problem = "failed", _STALLED
    return view_of(
        ImportView,
        row,
        state=state,
        rows=jobs.counts(row),
        columns=msgspec.json.decode(row.columns) if row.columns else {},
        unused=list(row.unused or ()),
        problem=problem,
        upload=upload,
    )

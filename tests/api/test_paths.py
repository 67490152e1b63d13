"""An invalid path parameter gets a 404 before it is used as a key of the database."""

from urllib.parse import quote

import pytest

from chalicelib.api.http import ROUTES, Route
from tests.api_client import ApiClient
from tests.calls import listening
from tests.isolation.test_isolation import PARAMETER, business_for, named, user_of

WITH_PARAMETERS = [route for route in ROUTES if PARAMETER.search(route.path)]
LONG = "x" * 3_000
NAMES_OF_NOTHING = (LONG, " ", "\0", "%", "😀" * 100, "瓦" * 65, "\u202ex", "a/b", "..")


@pytest.mark.parametrize("route", WITH_PARAMETERS, ids=named)
def test_an_invalid_path_parameter_is_not_found(api: ApiClient, route: Route) -> None:
    business = business_for(route)
    principal = (
        None if route.roles is None else user_of(business, "admin" if "admin" in route.roles else min(route.roles))
    )
    headers = {} if principal is None else {"Authorization": f"Bearer {api.token(principal)}"}

    def check(params: dict[str, object], **_: object) -> None:
        assert LONG not in str(params), "DynamoDB refuses such a key as a wrong request"

    with listening("before-parameter-build", check):
        for name in NAMES_OF_NOTHING:
            path = PARAMETER.sub(lambda _, name=name: quote(name, safe=""), route.path)  # type: ignore[misc]
            answer = api.page(route.method, path, headers)
            # An invalid QR code is answered like an expired one, and a receipt without its fields like no receipt.
            expected = (404,) if name == LONG else (401, 404, 422)
            assert answer.status_code in expected, (name[:10], answer.status_code, answer.body)

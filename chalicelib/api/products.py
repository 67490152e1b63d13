"""`/v1/products`: gas cylinders and dishes."""

from chalice.app import Blueprint

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.pages import Page, to_page
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import ROLES, STAFF
from chalicelib.core.clock import now
from chalicelib.records.products import (
    NewProduct,
    ProductChanges,
    ProductView,
    change_product,
    create_product,
    list_products,
    product_view,
    visible_product,
)
from chalicelib.records.rows import Listing

bp = Blueprint(__name__)


@endpoint(bp, "/v1/products", "GET", roles=ROLES)
def list_(request: ApiRequest, query: Listing) -> Answer[Page[ProductView]]:
    """Products that match the query, oldest first. Other roles than staff receive active ones only."""
    return Answer(to_page(list_products(request.principal, query), product_view))


@endpoint(bp, "/v1/products", "POST", roles=STAFF, status=201, located=True)
def create(request: ApiRequest, body: NewProduct) -> Answer[ProductView]:
    """A new product."""
    row = create_product(request.principal, body, now=now())
    return Answer(product_view(row))


@endpoint(bp, "/v1/products/{product_id}", "GET", roles=ROLES)
def show(request: ApiRequest) -> Answer[ProductView]:
    """One product. Only staff may read a suspended one."""
    return Answer(product_view(visible_product(request.principal, request.path["product_id"])))


@endpoint(bp, "/v1/products/{product_id}", "PATCH", roles=STAFF)
def change(request: ApiRequest, body: ProductChanges) -> Answer[ProductView]:
    """Changes a product; `available: false` while it is sold out. The price of existing orders does not change."""
    row = change_product(request.principal, request.path["product_id"], body, now=now())
    return Answer(product_view(row))

"""`/v1/customers`: customers and their orders."""

from chalice.app import Blueprint
from msgspec import structs

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.office import notify_office
from chalicelib.api.pages import Page, page_of_orders, to_page
from chalicelib.api.request import ApiRequest
from chalicelib.auth.principal import CUSTOMER, STAFF
from chalicelib.core.clock import now
from chalicelib.core.fields import Part
from chalicelib.orders.listing import OrderQuery, list_orders
from chalicelib.orders.view import SeenOrder, seen_view
from chalicelib.records.customers import (
    CustomerChanges,
    CustomerView,
    NewCustomer,
    change_customer,
    create_customer,
    customer_view,
    list_customers,
    visible_customer,
)
from chalicelib.records.rows import Listing

bp = Blueprint(__name__)


@endpoint(bp, "/v1/customers", "GET", roles=STAFF)
def list_(request: ApiRequest, query: Listing) -> Answer[Page[CustomerView]]:
    """Customers that match the query, oldest first."""
    return Answer(to_page(list_customers(request.principal, query), customer_view))


@endpoint(bp, "/v1/customers", "POST", roles=STAFF, status=201, located=True)
def create(request: ApiRequest, body: NewCustomer) -> Answer[CustomerView]:
    """A new customer."""
    row = create_customer(request.principal, body, now=now())
    notify_office(request, "customer_changed", customer_id=row.id)
    return Answer(customer_view(row))


@endpoint(bp, "/v1/customers/{customer_id}", "GET", roles=STAFF | {CUSTOMER})
def show(request: ApiRequest) -> Answer[CustomerView]:
    """One customer. A customer may read only their own record."""
    return Answer(customer_view(visible_customer(request.principal, request.path["customer_id"])))


@endpoint(bp, "/v1/customers/{customer_id}", "PATCH", roles=STAFF)
def change(request: ApiRequest, body: CustomerChanges) -> Answer[CustomerView]:
    """Changes a customer; `status` suspends or restores. Existing orders do not change."""
    row = change_customer(request.principal, request.path["customer_id"], body, now=now())
    notify_office(request, "customer_changed", customer_id=row.id)
    return Answer(customer_view(row))


@endpoint(bp, "/v1/customers/{customer_id}/orders", "GET", roles=STAFF | {CUSTOMER})
def history(request: ApiRequest, query: Part) -> Answer[Page[SeenOrder]]:
    """A customer's orders, newest first."""
    row = visible_customer(request.principal, request.path["customer_id"])
    orders_query = OrderQuery(customer_id=row.id, **structs.asdict(query))
    return Answer(page_of_orders(list_orders(request.principal, orders_query), orders_query, seen_view))

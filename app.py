"""Registers every function of the application; the code is in other modules.

Chalice's packaging and the tests import it. No Lambda function does: the handler of each is its own module.
"""

from chalice.app import Chalice

from chalicelib.api import (
    auth,
    console,
    customers,
    deliveries,
    display_tokens,
    drivers,
    guests,
    health,
    imports,
    links,
    menu,
    notifications,
    openapi,
    opening_hours,
    optimize,
    order_templates,
    orders,
    positions,
    products,
    realtime,
    reports,
    routes,
    sessions,
    sms_templates,
    table_pages,
    tables,
    totp,
    users,
)
from chalicelib.consumers import access, announcements, fan_out, optimize_routes, run_import, send_sms
from chalicelib.consumers import connections as connections_stream
from chalicelib.consumers import orders as orders_stream
from chalicelib.consumers import positions as positions_stream
from chalicelib.consumers import routes as routes_stream
from chalicelib.schedules import (
    create_due_orders,
    notify_overdue,
    probe_sms_providers,
    record_metrics,
    sweep_connections,
)
from chalicelib.sockets import connect, disconnect, message

app = Chalice(app_name="luckygas", configure_logs=False)
app.experimental_feature_flags.update(["WEBSOCKETS"])

app.register_blueprint(auth.bp)
app.register_blueprint(users.bp)
app.register_blueprint(sessions.bp)
app.register_blueprint(totp.bp)
app.register_blueprint(display_tokens.bp)
app.register_blueprint(orders.bp)
app.register_blueprint(order_templates.bp)
app.register_blueprint(customers.bp)
app.register_blueprint(positions.bp)
app.register_blueprint(drivers.bp)
app.register_blueprint(products.bp)
app.register_blueprint(optimize.bp)
app.register_blueprint(routes.bp)
app.register_blueprint(deliveries.bp)
app.register_blueprint(imports.bp)
app.register_blueprint(guests.bp)
app.register_blueprint(menu.bp)
app.register_blueprint(tables.bp)
app.register_blueprint(table_pages.bp)
app.register_blueprint(opening_hours.bp)
app.register_blueprint(realtime.bp)
app.register_blueprint(notifications.bp)
app.register_blueprint(sms_templates.bp)
app.register_blueprint(reports.bp)
app.register_blueprint(links.bp)
app.register_blueprint(health.bp)
app.register_blueprint(openapi.bp)
app.register_blueprint(console.bp)
app.register_blueprint(orders_stream.bp)
app.register_blueprint(connections_stream.bp)
app.register_blueprint(positions_stream.bp)
app.register_blueprint(routes_stream.bp)
app.register_blueprint(access.bp)
app.register_blueprint(announcements.bp)
app.register_blueprint(fan_out.bp)
app.register_blueprint(send_sms.bp)
app.register_blueprint(run_import.bp)
app.register_blueprint(optimize_routes.bp)
app.register_blueprint(sweep_connections.bp)
app.register_blueprint(probe_sms_providers.bp)
app.register_blueprint(create_due_orders.bp)
app.register_blueprint(notify_overdue.bp)
app.register_blueprint(record_metrics.bp)
app.register_blueprint(connect.bp)
app.register_blueprint(message.bp)
app.register_blueprint(disconnect.bp)

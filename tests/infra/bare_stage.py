"""Deploys a stage to an emulator as `make deploy` does to AWS, without the local stack.

`python -m tests.infra.bare_stage EMULATOR TEMPLATE CODE STATIC [LAYER]`, in an environment that points at the
emulator. Prints where it is as JSON.
"""

import json
import sys
from pathlib import Path

from chalicelib.auth.users import NewUser, create_user
from chalicelib.tenants.tenants import create_tenant
from infra.deploy import deploy
from infra.ops.stage import point_at
from infra.packaging import Package

STAGE = "dev"
USERNAME, PASSWORD = "office@bare.example", "a-long-password"


def main(emulator: str, template: str, code: str, static: str, layer: str | None = None) -> None:
    finished = json.loads(Path(template).read_text())
    # The emulator has neither of these two kinds of resources for operators. The rest is as on AWS.
    stored = {name: each for name, each in finished["Resources"].items() if each.get("Condition") != "OnAws"}
    built = Package({**finished, "Resources": stored}, Path(code), Path(static), Path(layer) if layer else None)
    gateway = f"{emulator}/_aws/execute-api"
    # The emulator has no edge.
    first = deploy(STAGE, built, parameters={"Edge": "none"})
    # AWS has a host for each API, which no machine of ours resolves to the emulator.
    endpoint = f"{gateway}/{first['WebsocketAPI']}/api"
    found = deploy(STAGE, built, parameters={"WsEndpoint": endpoint})
    point_at(STAGE)
    tenant = create_tenant("裸機瓦斯行", "delivery")
    create_user(tenant.id, NewUser(USERNAME, PASSWORD, "王小明", "office_staff"))
    urls = {"rest_url": f"{gateway}/{found['RestAPI']}/api", "websocket_url": endpoint.replace("http", "ws", 1)}
    json.dump({**urls, "resources": found}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])

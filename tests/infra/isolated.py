"""Runs with only the unpacked package and the standard library, as on Lambda.

`python -I -S isolated.py PACKAGE SERVICES`, the services with commas. Prints its results as JSON; an import that
fails ends it with a traceback.
"""

import importlib
import io
import json
import pkgutil
import sys
import zoneinfo
from pathlib import Path
from typing import Any

PACKAGE = Path(sys.argv[1])
SERVICES = sys.argv[2].split(",")


def main() -> None:
    report = {
        "sent": sent(),
        "endpoints": {service: client(service).meta.endpoint_url for service in SERVICES},
        "used": [use() for use in (password, phone, token, time_zone, certificates, spreadsheet)],
        **modules(),
    }
    json.dump(report, sys.stdout)


def client(service: str) -> Any:
    return importlib.import_module("chalicelib.core.aws").client(service)


def sent() -> dict[str, str]:
    """A serialised and signed request to DynamoDB."""
    found: dict[str, str] = {}

    def answer(request: Any, **_: Any) -> Any:
        found.update(
            url=request.url, body=request.body.decode(), signature=request.headers["Authorization"].decode()
        )
        response = importlib.import_module("botocore.awsrequest").AWSResponse(request.url, 200, {}, None)
        response._content = b"{}"
        return response

    dynamodb = client("dynamodb")
    dynamodb.meta.events.register("before-send.dynamodb", answer)
    dynamodb.get_item(TableName="orders", Key={"id": {"S": "1"}})
    return found


def password() -> bool:
    passwords = importlib.import_module("chalicelib.auth.passwords")
    return bool(passwords.verify_password(passwords.hash_password("a password"), "a password"))


def phone() -> bool:
    return bool(importlib.import_module("chalicelib.core.phones").normalise("0912-345-678") == "+886912345678")


def token() -> bool:
    jwt = importlib.import_module("jwt")
    return bool(jwt.decode(jwt.encode({"a": 1}, "k" * 32), "k" * 32, algorithms=["HS256"]) == {"a": 1})


def time_zone() -> bool:
    # Lambda's image may have no time zones of its own, so the package's are used.
    zoneinfo.reset_tzpath(to=())
    return zoneinfo.ZoneInfo("Asia/Taipei").key == "Asia/Taipei"


def certificates() -> bool:
    bundles = importlib.import_module("certifi").where(), importlib.import_module("botocore.httpsession").where()
    return all(Path(bundle).is_file() for bundle in bundles)


def spreadsheet() -> bool:
    packed = io.BytesIO()
    book = importlib.import_module("openpyxl").Workbook()
    book.active.append(["姓名"])
    book.active.append(["陳"])
    book.save(packed)
    return bool(
        importlib.import_module("chalicelib.imports.read.tables")
        .read_table(packed.getvalue(), "xlsx")
        .lines[0]
        .cells
        == ["陳"]
    )


def modules() -> dict[str, list[str]]:
    """The imported modules of other packages, and those that Lambda would have to compile."""
    for found in pkgutil.walk_packages([str(PACKAGE / "chalicelib")], "chalicelib."):
        importlib.import_module(found.name)
    standard = Path(json.__file__).parent.parent
    strangers, uncompiled = [], []
    for name, module in sorted(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if spec is None or not spec.has_location or spec.origin is None:
            continue
        path = Path(spec.origin)
        if path.is_relative_to(PACKAGE):
            if path.suffix == ".py" and not (spec.cached and Path(spec.cached).is_file()):
                uncompiled.append(name)
        elif not path.is_relative_to(standard) or "site-packages" in path.parts:
            strangers.append(name)
    return {"strangers": strangers, "uncompiled": uncompiled}


if __name__ == "__main__":
    sys.path.insert(0, str(PACKAGE))
    main()

"""Which code of chalicelib calls AWS, the gateway or an SMS provider, by itself or through other functions.

Functions are found by their imports, methods by their names only.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

# Methods of rows, clients, the gateway and providers.
_CALLS: Final = {
    *(
        "save",
        "save_if",
        "update_if",
        "delete",
        "refresh",
        "batch_get",
        "batch_write",
        "paginate",
        "disconnect",
        "post",
    ),
    *("send_message", "send_message_batch", "change_message_visibility_batch", "invoke", "put_object"),
}
# Methods of dict, list and str too, so they count only on a model: `Order.get(…)`, `Order(…).delete()`.
_CALLS_OF_MODELS: Final = {"get", "find", "query", "scan", "count", "update"}
_OF_BUILTINS: Final = {name for kind in (dict, list, set, str, bytes) for name in dir(kind)}

# What these collect is sent at the end, together.
_TRANSACTIONS: Final = {"transaction", "write"}

_CLIENTS: Final = "chalicelib.core.aws"

# A function: its module and name. A method: nothing and its name.
_Name = tuple[str, str]


class Calls:
    """root: the folder of chalicelib."""

    def __init__(self, root: Path) -> None:
        self._names: dict[str, Mapping[str, _Name]] = {}
        self._outside: set[_Name] = set()
        bodies: dict[_Name, list[tuple[str, ast.AST]]] = {}
        for path in sorted(root.joinpath("chalicelib").rglob("*.py")):
            module = ".".join(path.relative_to(root).with_suffix("").parts)
            if module == _CLIENTS:
                continue  # making a client is no call
            tree = ast.parse(path.read_text())
            own = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
            self._names[module] = {node.name: (module, node.name) for node in own} | dict(_imported(tree))
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    name = (module if node in own else "", node.name)
                    bodies.setdefault(name, []).append((module, node))
        while found := {
            name
            for name in bodies.keys() - self._outside
            if any(self.any_in(module, [node]) for module, node in bodies[name])
        }:
            self._outside |= found

    def any_in(self, module: str, code: Iterable[ast.AST]) -> bool:
        """Whether code of this module has such a call."""
        called = (node.func for each in code for node in ast.walk(each) if isinstance(node, ast.Call))
        return any(self._is_outside(self._names[module], function) for function in called)

    def _is_outside(self, names: Mapping[str, _Name], called: ast.expr) -> bool:
        if isinstance(called, ast.Name):
            return called.id == "TransactWrite" or names.get(called.id) in self._outside
        if not isinstance(called, ast.Attribute):
            return False
        name = called.value.id if isinstance(called.value, ast.Name) else ""
        if name in _TRANSACTIONS:
            return False
        if name in names:
            return ((".".join(names[name])), called.attr) in self._outside or (
                name[0].isupper() and called.attr in _CALLS | _CALLS_OF_MODELS
            )
        if called.attr in _CALLS_OF_MODELS:
            return name in ("row", "order", "tenant") or _is_model(called.value)
        if isinstance(called.value, ast.Call) and ast.unparse(called.value.func) == "aws.client":
            return True
        return called.attr in _CALLS or (("", called.attr) in self._outside and called.attr not in _OF_BUILTINS)


def _is_model(value: ast.expr) -> bool:
    """Whether it is a row that was made here: `Order(…)`."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id[0].isupper()


def _imported(tree: ast.AST) -> Iterator[tuple[str, _Name]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chalicelib"):
            for alias in node.names:
                yield alias.asname or alias.name, (node.module or "", alias.name)

"""The codes of errors are used as they are declared, and each is in use."""

import ast
from collections.abc import Iterator
from typing import Final

import app
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Refusal
from infra.packaging import ROOT

# Functions that make an error of a given code, and the error's status; None for the problem of a file.
_MAKERS: Final[dict[str, int | None]] = {"Limit": 429, "invalid_qr": 422, "Unreadable": None, "_problem": None}


def errors(of: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """The classes of errors; of: one with those below it."""
    assert app.app
    for each in of.__subclasses__():
        yield each
        yield from errors(each)


def made() -> Iterator[tuple[ast.Call, int | None, list[ErrorCode]]]:
    """The calls in the code that make an error: its status and the codes that the call names."""
    makers = {each.__name__: each.status for each in errors()} | _MAKERS
    for path in (ROOT / "chalicelib").rglob("*.py"):
        for call in (each for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.Call)):
            if (name := ast.unparse(call.func)) in makers:
                words = [ast.unparse(each) for each in (*call.args, *(each.value for each in call.keywords))]
                codes = [
                    ErrorCode[word.removeprefix("ErrorCode.")] for word in words if word.startswith("ErrorCode.")
                ]
                yield call, makers[name], codes


def test_an_error_has_a_status_that_its_code_declares() -> None:
    wrong = [
        f"{ast.unparse(call)}: {code.statuses}"
        for call, status, codes in made()
        for code in codes
        if status is not None and status not in code.statuses
    ]
    assert wrong == []
    assert [each for each in errors() if each.code.statuses and each.status not in each.code.statuses] == []


def test_every_code_is_in_use_with_every_status_that_it_declares() -> None:
    used = {(code, status) for _, status, codes in made() for code in codes}
    used |= {(each.code, each.status if each.code.statuses else None) for each in errors()}
    declared = {(code, status) for code in ErrorCode for status in code.statuses or (None,)}
    assert declared - used == {(ErrorCode.INTERNAL_ERROR, 500)}, "only a crash needs no class"


def test_a_sentence_is_at_its_code_or_at_the_raise() -> None:
    wrong = []
    for call, _, codes in made():
        with_sentence = [code for code in codes if code.detail]
        sentences = [each for each in call.args if not ast.unparse(each).startswith("ErrorCode.")]
        if with_sentence and sentences and ast.unparse(call.func) not in ("Invalid", "Limit"):
            wrong.append(f"{ast.unparse(call)} has a second sentence")
        if not with_sentence and not sentences and codes:
            wrong.append(f"{ast.unparse(call)} has no sentence")
    assert wrong == []

"""Trouble with one record or one thing keeps no other back: it is noted, and raised when all has been tried."""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.logs import log


@contextmanager
def noting(failures: list[Exception], message: str) -> Iterator[None]:
    """Adds what is raised inside to `failures`, logged under `message`."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 — whatever it is, the rest of the batch must still be followed
        log.exception(message)
        failures.append(error)


def raise_noted(failures: list[Exception]) -> None:
    """Raises ExceptionGroup where there is any: Lambda then repeats the batch."""
    if failures:
        raise ExceptionGroup("records to be repeated", failures)

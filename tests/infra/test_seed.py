"""The seed changes orders in parallel and reports every failure."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from infra.local.seed_rows import OrderSteps


def test_steps_of_two_orders_are_taken_at_the_same_time() -> None:
    both = Barrier(2, timeout=30)

    def meet() -> None:
        both.wait()

    with ThreadPoolExecutor(2) as threads:
        steps = OrderSteps(threads)
        for _ in range(2):
            steps.start(meet)
        steps.wait()


def test_a_step_that_is_refused_fails_the_seed() -> None:
    def refused() -> None:
        raise ValueError("no such step")

    with ThreadPoolExecutor(2) as threads:
        steps = OrderSteps(threads)
        steps.start(refused)
        steps.start(lambda: None)
        with pytest.raises(ValueError, match="no such step"):
            steps.wait()

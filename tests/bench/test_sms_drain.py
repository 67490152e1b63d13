"""How fast the SMS queue is drained with a provider that takes 200 ms, on a local stack."""

import time

from tests.bench.report import Report
from tests.e2e.client import Client, eventually
from tests.e2e.stack import LocalStack
from tests.e2e.test_sms import confirmed_at_once, ended, today
from tests.e2e.texts import behave

_PROVIDER_SECONDS = 0.2
_TEXTS = 1_000


def test_a_thousand_texts_with_a_provider_that_takes_200_ms(stack: LocalStack, report: Report) -> None:
    office = Client(stack, "office_staff")
    day = today()
    before = ended(office, day)["sent"]
    behave(stack.info["sms_inbox_url"], mode="stall", seconds=_PROVIDER_SECONDS)
    started = time.perf_counter()
    wanted = len(confirmed_at_once(stack, office, _TEXTS))
    eventually(lambda: ended(office, day)["sent"] - before >= wanted, "all texts", patience=300)
    seconds = time.perf_counter() - started
    one_by_one = wanted * _PROVIDER_SECONDS
    report.note(
        f"{wanted:,} SMS at once, from the stream to the provider",
        f"{seconds:.0f} s, {wanted / seconds:.1f} a second",
        f"the provider alone, one by one: {one_by_one:.0f} s",
    )

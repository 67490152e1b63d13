"""What is changed, and by which operators.

Our own operators change all functions of PACKAGES. mutmut's would make 11,600 changes there, so they change the
modules on the path of the guarantees only, and only decisions: a missing argument or another text fails at once.
"""

from typing import Final

PACKAGES: Final = ("realtime", "sms", "orders", "consumers")

# The modules that mutmut's operators change.
ORDINARY: Final = frozenset(
    {
        *("realtime.log", "realtime.replay", "realtime.broadcast", "realtime.subscriptions"),
        *("sms.claims", "sms.outcomes", "orders.rows", "consumers.batch"),
    }
)
# Those of mutmut's operators that change numbers, comparisons, `and`, `not`, `break`, booleans and choices.
OPERATORS: Final = frozenset(
    {
        *("operator_number", "operator_name", "operator_remove_unary_ops", "operator_keywords"),
        *("operator_swap_op", "operator_if_exp", "operator_augmented_assignment", "operator_match"),
    }
)

# A change here alters a text in a log or an error, a metric, or how long a retry pauses. No guarantee depends on
# these.
IGNORED: Final = (
    r"\b(log|logger)\.\w+\(",
    r"\bmeasured\(",
    r"^\s*pause\(",
    r"^\s*raise \w+\(f?\"",
)

# The tests of other modules than those above are left out: the formats, the providers' HTTP, texts.
_OTHERS: Final = (
    *("realtime/test_formats*", "realtime/test_signer*", "orders/test_row_size*"),
    *("sms/test_mitake*", "sms/test_http_*", "sms/test_provider_*", "sms/test_segments*", "sms/test_templates*"),
)
TESTS: Final = (
    *(f"tests/{package}" for package in PACKAGES),
    *(f"--ignore-glob=tests/{pattern}" for pattern in _OTHERS),
)

# It uses DynamoDB and SQS, and leaves no thread behind.
WARM_UP: Final = "tests/sms/test_queueing.py::test_a_confirmed_order_gets_a_row_and_a_message"

# Of those that call the changed function: a function of the log is called by a thousand.
MOST_TESTS: Final = 80

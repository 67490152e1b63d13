"""The table of docs/proof.md."""

from tests.proof.figures import BEGIN, END, Figure, page_with


def test_the_figures_replace_those_of_an_earlier_proof() -> None:
    page = f"# Proof\n{BEGIN}\nold\n{END}\nmore\n"
    written = page_with(
        page, [Figure("simulation", "seeds", "2,000"), Figure("model", "states", "9")], "2026-12-01"
    )
    assert written == (
        f"# Proof\n{BEGIN}\nMeasured on 2026-12-01:\n\n| part | what | figure |\n|---|---|---|\n"
        f"| model | states | 9 |\n| simulation | seeds | 2,000 |\n{END}\nmore\n"
    )
    assert page_with(written, [], "2026-12-02").count("|---|---|---|") == 1

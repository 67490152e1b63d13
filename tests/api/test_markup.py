"""HTML that the server writes."""

from chalicelib.api.markup import h, joined


def test_text_is_escaped_in_content_and_in_attributes_and_elements_are_not() -> None:
    assert h("p", {"title": '"<&'}, "<b>", h("b", {}, "&")) == (
        '<p title="&quot;&lt;&amp;">&lt;b&gt;<b>&amp;</b></p>'
    )
    assert joined(["<i>", h("i")]) == "&lt;i&gt;<i></i>"


def test_absent_attributes_and_children_are_left_out() -> None:
    assert h("p", {"hidden": True, "class": None, "lang": False}, None) == "<p hidden></p>"

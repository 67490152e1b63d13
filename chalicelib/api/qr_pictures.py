"""QR codes as pictures to print."""

import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from segno import QRCode

# Dots or units a module; 3 cm on paper at 300 dpi have 350 of them for a code of about 60 modules.
_SCALE: Final = 8


def svg(content: str) -> str:
    """The code as a scalable SVG, without an XML prologue, so that a page can contain it."""
    sheet = io.BytesIO()
    plain = {"xmldecl": False, "svgclass": None, "lineclass": None}
    _code(content).save(sheet, kind="svg", scale=_SCALE, light="#fff", **plain)
    return sheet.getvalue().decode()


def png(content: str) -> bytes:
    """The code as a PNG, black on white."""
    sheet = io.BytesIO()
    _code(content).save(sheet, kind="png", scale=_SCALE)
    return sheet.getvalue()


def _code(content: str) -> "QRCode":
    import segno  # noqa: PLC0415 — printed once a week, loaded then

    # Level M: the code can be read with up to 15 % of it stained.
    return segno.make_qr(content, error="m")

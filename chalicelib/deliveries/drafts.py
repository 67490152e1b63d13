"""What a client may send about a delivery."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.core.fields import Instant, LineText, ShortText

ConfirmationType = Literal["qr_code", "signature", "photo", "pin"]
PictureKind = Literal["signature", "photo"]
PictureType = Literal["image/png", "image/jpeg", "image/webp"]
Pin = Annotated[str, Meta(pattern=r"^[0-9]{4,6}\Z")]
# A vehicle holds fewer than this.
Empties = Annotated[int, Meta(ge=0, le=200)]


class Confirmation(Struct, forbid_unknown_fields=True, kw_only=True):
    """That an order has arrived, and the proof: `qr`, `pin` or `upload_key`, as the type wants.

    confirmed_at: by the phone's clock, where it was not just now. empties_back: cylinders taken along.
    """

    confirmation_type: ConfirmationType
    cylinder_serial: ShortText | None = None
    qr: Annotated[str, Meta(min_length=1, max_length=1000)] | None = None
    pin: Pin | None = None
    upload_key: LineText | None = None
    empties_back: Empties | None = None
    confirmed_at: Instant | None = None


class NewQr(Struct, forbid_unknown_fields=True):
    """cylinder_serial: of the cylinder that the QR is stuck on, if it is to count for that one only."""

    cylinder_serial: ShortText | None = None


class NewUpload(Struct, forbid_unknown_fields=True):
    """A picture to be uploaded."""

    kind: PictureKind
    content_type: PictureType

"""Request bodies about a delivery."""

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
    """The proof of a delivery: `qr`, `pin` or `upload_key`, depending on the type.

    confirmed_at: by the phone's clock; now if absent. empties_back: empty cylinders that the driver took back.
    """

    confirmation_type: ConfirmationType
    cylinder_serial: ShortText | None = None
    qr: Annotated[str, Meta(min_length=1, max_length=1000)] | None = None
    pin: Pin | None = None
    upload_key: LineText | None = None
    empties_back: Empties | None = None
    confirmed_at: Instant | None = None


class NewQr(Struct, forbid_unknown_fields=True):
    """cylinder_serial: of the cylinder that has the QR code on it, if the code is valid for that cylinder only."""

    cylinder_serial: ShortText | None = None


class NewUpload(Struct, forbid_unknown_fields=True):
    """The picture that the client will upload."""

    kind: PictureKind
    content_type: PictureType

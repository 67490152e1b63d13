"""The customers' side of a delivery: somebody opens, or nobody is at home."""

from typing import Final

from infra.local.demo.person import Person
from infra.local.demo.stage import Stage

# How many customers hold out a QR code instead of saying their PIN.
_QR_CODES: Final = 1 / 3


class Doors:
    """Of one driver's customers. office: reads them their PIN, or gives them a QR code."""

    def __init__(self, office: Person, stage: Stage, driver: str) -> None:
        self._office = office
        self._away = stage.script.away
        self._dice = stage.dice(f"{driver}'s customers")

    async def ring(self, order_id: str) -> dict[str, str] | None:
        """The proof of whoever opens; None where nobody does. Who was missed once stays at home for the next."""
        path = f"/v1/deliveries/{order_id}"
        delivery = await self._office.get(path)
        if len(delivery["attempts"]) <= 1 and self._dice.random() < self._away:
            return None
        if self._dice.random() < _QR_CODES:
            return {"confirmation_type": "qr_code", "qr": (await self._office.post(f"{path}/qr"))["qr"]}
        return {"confirmation_type": "pin", "pin": delivery["pin"]}

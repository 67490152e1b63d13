"""The customers' side of a delivery: a customer opens the door or is not at home."""

from typing import Final

from infra.local.demo.person import Person
from infra.local.demo.simulation import Simulation

# The share of customers who show a QR code instead of giving their PIN.
_QR_CODES: Final = 1 / 3


class Doors:
    """The doors of one driver's customers. office: gives a customer the PIN or a QR code."""

    def __init__(self, office: Person, simulation: Simulation, driver: str) -> None:
        self._office = office
        self._away = simulation.script.away
        self._dice = simulation.dice(f"{driver}'s customers")

    async def ring(self, order_id: str) -> dict[str, str] | None:
        """The customer's proof of delivery; None if the customer is not at home, who is at the next attempt."""
        path = f"/v1/deliveries/{order_id}"
        delivery = await self._office.get(path)
        if len(delivery["attempts"]) <= 1 and self._dice.random() < self._away:
            return None
        if self._dice.random() < _QR_CODES:
            return {"confirmation_type": "qr_code", "qr": (await self._office.post(f"{path}/qr"))["qr"]}
        return {"confirmation_type": "pin", "pin": delivery["pin"]}

"""The customers' side of a delivery: somebody opens, or nobody is at home."""

from infra.local.demo.person import Person
from infra.local.demo.stage import Stage


class Doors:
    """Of one driver's customers. office: reads them their PIN."""

    def __init__(self, office: Person, stage: Stage, driver: str) -> None:
        self._office = office
        self._away = stage.script.away
        self._dice = stage.dice(f"{driver}'s customers")

    async def ring(self, order_id: str) -> str | None:
        """The PIN of whoever opens; None where nobody does. Whoever was missed once stays at home for the next."""
        delivery = await self._office.get(f"/v1/deliveries/{order_id}")
        if len(delivery["attempts"]) <= 1 and self._dice.random() < self._away:
            return None
        pin: str = delivery["pin"]
        return pin

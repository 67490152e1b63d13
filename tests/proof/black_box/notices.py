"""Staff publish notices: to all, to the office, and to single drivers and customers."""

from tests.proof.black_box.clients import World
from tests.proof.black_box.rest import Person

TYPE = "proof.notice"
EVERY = (6.0, 14.0)
CHANNELS = ("system", "orders")


async def publish(world: World, staff: list[Person], receivers: list[Person]) -> None:
    """Until the day closes. A notice without an answer is not repeated: it may have been sent."""
    dice, number = world.dice(f"notices {staff[0].name}"), 0
    while not world.closing.is_set():
        await world.pause(dice, *EVERY)
        number += 1
        clerk, data = dice.choice(staff), {"number": number}
        if receivers and dice.random() < 0.5:
            path = f"/v1/realtime/users/{dice.choice(receivers).me['id']}/send"
            await clerk.attempt("POST", path, {"type": TYPE, "data": data})
        else:
            body = {"channel": dice.choice(CHANNELS), "type": TYPE, "data": data}
            await clerk.attempt("POST", "/v1/realtime/publish", body)

"""`make demo`: simulates a whole day of a gas business and a restaurant on the running local stack."""

import asyncio
import os
import sys
import time

from infra.local import stack_file
from infra.local.demo.day import live
from infra.local.demo.diary import Diary
from infra.local.demo.person import DemoFailed
from infra.local.demo.simulation import Script, Simulation
from infra.local.environment import state_dir

_SLOWEST, _FASTEST = 1.0, 6.0


def main() -> int:
    """Exit code 0 when the day is over or Ctrl-C has ended it, 1 with an error message if it cannot continue."""
    diary, began = Diary(), time.monotonic()
    try:
        script = Script(speed=_speed(os.environ.get("SPEED") or "4"))
        described = stack_file.read(state_dir() / "stack.json")
        print(f"A day on {described['rest_url']} at {script.speed:g} times the pace. Ctrl-C ends it.", flush=True)
        asyncio.run(live(described, Simulation(script, diary)))
        print(f"\nThe day is over, after {_minutes(began)}:")
    except KeyboardInterrupt:
        print(f"\nStopped after {_minutes(began)}; the next demo goes on from here. So far:")
    except (DemoFailed, ValueError, stack_file.NotRunning) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\n".join(diary.figures()))
    return 0


def _speed(text: str) -> float:
    """Raises ValueError."""
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not _SLOWEST <= speed <= _FASTEST:
        raise ValueError(f"SPEED={text} is not a number from {_SLOWEST:g} to {_FASTEST:g}")
    return speed


def _minutes(began: float) -> str:
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    return f"{minutes}:{seconds:02} min"


if __name__ == "__main__":
    sys.exit(main())

import { el, h } from "../shared/dom.js";
import { dictionary } from "../shared/i18n.js";
import { lazy } from "../shared/lazy.js";
import texts from "../texts/track/driver-map.json" with { type: "json" };

const words = dictionary(texts);

/**
 * Where the driver is, on a map, while on the way with this order. The map's code is loaded when the first position
 * comes, and the page is whole without it.
 *
 * @param {import("../../realtime/realtime.js").Realtime} realtime
 * @param {AbortSignal} signal ends it
 */
export function driverMap(realtime, signal) {
  const place = el("div.driver-map");
  const element = h("section.card.driver", { hidden: true }, el("h2", words("where")), place);
  /** @type {string | null} */
  let followed = null;
  /** @type {(() => void) | undefined} */
  let stop;
  /** @type {ReturnType<typeof open> | undefined} */
  let opened;

  const open = async () => {
    const { RoadMap } = await lazy("console/shared/map.js", () => import("../shared/map.js"));
    return new RoadMap(place, { label: words("where"), signal });
  };

  /** @param {{latitude: number, longitude: number, heading: number | null, timestamp: string}} position */
  const show = async (position) => {
    const { latitude, longitude, heading, timestamp: time } = position;
    element.hidden = false;
    try {
      const map = await (opened ??= open());
      map.mark("driver", { at: { latitude, longitude }, type: "driver", text: words("driver"), hue: "violet", heading, time });
      map.fit({ unlessMoved: true });
    } catch {
      // The next position tries again; the steps have the state in words.
      opened = undefined;
      element.hidden = true;
    }
  };

  const leave = () => {
    stop?.();
    stop = undefined;
    followed = null;
    element.hidden = true;
  };
  signal.addEventListener("abort", leave);

  return {
    element,
    /** @param {string | null} id of the driver who is under way; null without one */
    follow(id) {
      if (id === followed) return;
      leave();
      if (!id || signal.aborted) return;
      followed = id;
      stop = realtime.subscribe(`driver:${id}`, {
        onEvent: (event) => event.type === "driver_location" && void show(/** @type {any} */ (event).data),
        onLost: leave,
      });
    },
  };
}

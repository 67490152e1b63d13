import { dates } from "./dates.js";
import { drawAfterRelease } from "./draw-after-release.js";
import { formats } from "./format.js";

/** What the class of a page starts with: its fields can be made of these. */
export class Page {
  /** @param {import("../pages.js").Context} context */
  constructor(context) {
    const { me, signal } = context;
    this.context = context;
    this.format = formats(me.tenant);
    this.days = dates(me.tenant.time_zone);
    /** Draws the page anew: now, or after the release of what is pressed. */
    this.draw = drawAfterRelease(() => this.drawNow(), signal);
  }

  /** What `draw` does. */
  drawNow() {}
}

import leaflet from "../../vendor/leaflet-1.9.4/leaflet.js";
import { config } from "./config.js";
import { el, fill, h } from "./dom.js";
import { dictionary } from "./i18n.js";
import { icon } from "./icons.js";
import "./more-icons.js";
import texts from "../texts/shared/map.json" with { type: "json" };
import "../../vendor/leaflet-1.9.4/leaflet.css";
import "./map.css";

const words = dictionary(texts);

/**
 * @typedef {{latitude: number, longitude: number}} Place
 * @typedef {"grey" | "amber" | "blue" | "violet" | "green" | "red"} Hue
 * @typedef {{
 *   at: Place, type: "driver" | "stop" | "depot" | "home" | "label", text?: string, title?: string, hue?: Hue,
 *   heading?: number | null, faded?: boolean, time?: string, onclick?: () => void,
 * }} Marker
 *   text: in a stop or a label, below all others. title: read out, where it can be clicked. heading: degrees clockwise from
 *   north. faded: it may not be there any more. time: ISO 8601, since when it is there
 */

const ICONS = /** @type {const} */ ({ driver: "truck", depot: "depot", home: "home" });
// The whole island, until there is something to look at.
const BEGINNING = /** @type {const} */ ({ centre: [23.7, 121], zoom: 7 });
const NEAREST = 17;
const PADDING = 56;

/**
 * A map in an element that has a height. Without tiles it is a plain grid with a scale. Markers and lines have keys of the
 * page, "driver:01J…": the same key again changes what is there.
 */
export class RoadMap {
  /** @type {Map<string, {marker: any, shown: Marker}>} */
  #markers = new Map();
  /** @type {Map<string, any>} */
  #lines = new Map();
  #map;
  // A user who has moved the map sees the place that they chose.
  #moved = false;

  /** @param {HTMLElement} element @param {{label: string, signal: AbortSignal}} options label: its name for screen readers */
  constructor(element, { label, signal }) {
    signal.throwIfAborted();
    element.classList.add("map");
    element.setAttribute("role", "region");
    element.setAttribute("aria-label", label);
    const { centre, zoom } = BEGINNING;
    const map = leaflet.map(element, { zoomControl: false, attributionControl: false, zoomSnap: 0.5 });
    this.#map = map.setView(centre, zoom);
    leaflet.control.zoom({ position: "topright", zoomInTitle: words("nearer"), zoomOutTitle: words("further") }).addTo(map);
    leaflet.control.scale({ imperial: false }).addTo(map);
    if (config.mapTiles) this.#tile(config.mapTiles);
    else plain().addTo(map);
    for (const gesture of ["pointerdown", "wheel", "keydown"])
      element.addEventListener(gesture, () => (this.#moved = true), { passive: true, signal });
    // A glide ends where a zoom begins, or the marker would fly across the map.
    map.on("zoomstart", () => this.#markers.forEach(({ marker }) => marker.getElement()?.classList.remove("glides")));
    const size = new ResizeObserver(() => map.invalidateSize({ pan: false }));
    size.observe(element);
    signal.addEventListener("abort", () => {
      size.disconnect();
      map.remove();
    });
  }

  /** @param {string} key @param {Marker} shown @returns {boolean} false where it is older than what is there, which stays */
  mark(key, shown) {
    const known = this.#markers.get(key);
    if (known?.shown.time && shown.time && Date.parse(shown.time) < Date.parse(known.shown.time)) return false;
    const marker = known?.marker ?? this.#added(key, shown);
    const element = /** @type {HTMLElement} */ (marker.getElement());
    element.classList.toggle("glides", known !== undefined && shown.type === "driver");
    this.#markers.set(key, { marker, shown });
    marker.setLatLng(pair(shown.at));
    marker.setZIndexOffset(shown.type === "driver" ? 1000 : 0);
    element.dataset.look = `${shown.type} ${shown.hue ?? "grey"}${shown.faded ? " faded" : ""}`;
    if (shown.title) element.setAttribute("aria-label", shown.title);
    fill(element, ...look(shown));
    return true;
  }

  /** @param {string} key @param {Marker} shown */
  #added(key, shown) {
    const can = shown.onclick !== undefined;
    const picture = leaflet.divIcon({ className: "pin", iconSize: null });
    const marker = leaflet.marker(pair(shown.at), { icon: picture, interactive: can, keyboard: can });
    if (can) marker.on("click", () => this.#markers.get(key)?.shown.onclick?.());
    return marker.addTo(this.#map);
  }

  /** @param {string} key @param {readonly Place[]} places @param {{hue?: Hue, dashed?: boolean}} [how] dashed: not driven yet */
  line(key, places, { hue = "blue", dashed = false } = {}) {
    this.remove(key);
    const options = { className: `way ${hue}${dashed ? " dashed" : ""}`, interactive: false };
    this.#lines.set(key, leaflet.polyline(places.map(pair), options).addTo(this.#map));
  }

  /** @param {string} key */
  remove(key) {
    this.#markers.get(key)?.marker.remove();
    this.#lines.get(key)?.remove();
    this.#markers.delete(key);
    this.#lines.delete(key);
  }

  /** Takes off everything else. @param {(key: string) => boolean} stays */
  keep(stays) {
    for (const key of [...this.#markers.keys(), ...this.#lines.keys()]) if (!stays(key)) this.remove(key);
  }

  /**
   * Shows all of it, or some.
   *
   * @param {{only?: (key: string) => boolean, unlessMoved?: boolean}} [what] unlessMoved: not if the user has moved the map
   */
  fit({ only = () => true, unlessMoved = false } = {}) {
    if (unlessMoved && this.#moved) return;
    const places = [...this.#markers].filter(([key, { shown }]) => shown.type !== "label" && only(key));
    if (!places.length) return;
    const bounds = leaflet.latLngBounds(places.map(([, { shown }]) => pair(shown.at)));
    this.#map.fitBounds(bounds, { padding: [PADDING, PADDING], maxZoom: NEAREST - 2, animate: false });
  }

  /** @param {string} url a template */
  #tile(url) {
    const { hostname } = new URL(url.replace("{s}.", ""));
    const source = hostname.endsWith("openstreetmap.org") ? "© OpenStreetMap contributors" : `© ${hostname}`;
    leaflet.control.attribution({ prefix: false }).addAttribution(source).addTo(this.#map);
    // Without a referrer, which the page's policy keeps to itself, OpenStreetMap gives no tiles.
    const options = { maxZoom: 19, className: "tiles", referrerPolicy: "origin" };
    leaflet.tileLayer(url, options).addTo(this.#map);
  }
}

/** Nothing but squares, to see distances and movement by. */
function plain() {
  const layer = leaflet.gridLayer({ tileSize: 128, maxZoom: NEAREST + 2 });
  layer.createTile = () => el("div.square");
  return layer;
}

/** @param {Marker} shown @returns {Node[]} */
function look({ type, text, heading }) {
  if (type === "label") return [el("span.name", text)];
  const inside = type === "stop" ? (text ?? "") : icon(ICONS[type]);
  const arrow = heading !== undefined && heading !== null && h("span.arrow", { style: { rotate: `${heading}deg` } });
  const below = type !== "stop" && text && el("span.name", text);
  return [...h("div", {}, arrow, el("span.disc", inside), below).childNodes];
}

/** @param {Place} place @returns {[number, number]} */
function pair({ latitude, longitude }) {
  return [latitude, longitude];
}

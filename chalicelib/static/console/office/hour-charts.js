import { now } from "../shared/clock.js";
import { columnChart } from "./chart.js";
import { streamName, words } from "./health-words.js";

/** @import { Hour } from "./types.js" */

const HOUR_MS = 3_600_000;

/**
 * A figure for each thing that was measured, of the whole platform; without metrics, of the connections alone.
 *
 * @param {readonly Hour[]} hours oldest first
 * @param {(at: string) => string} clock
 * @returns {HTMLElement[]}
 */
export function hourCharts(hours, clock) {
  const table = words("numbers");
  const label = (/** @type {Hour} */ { at }) => (Date.parse(at) + HOUR_MS > now() ? `${clock(at)} ${words("soFar")}` : clock(at));
  /**
   * @param {string} title
   * @param {import("./chart.js").Series} series
   * @param {(hour: Hour) => (number | null | undefined)[]} values
   * @param {{heads: string[], cells: (hour: Hour) => (number | null | undefined)[]}} [numbers] for the table, where it is not what is drawn
   */
  const chart = (title, series, values, numbers) =>
    columnChart({
      title,
      table,
      series,
      ...(numbers && { heads: numbers.heads }),
      columns: hours.map((hour) => ({ label: label(hour), values: values(hour).map((value) => value ?? 0), cells: (numbers?.cells ?? values)(hour) })),
    });

  const charts = [chart(words("connectionsByHour"), [{ label: words("connections"), hue: "violet" }], ({ connections }) => [connections])];
  if (!hours.some(({ metrics }) => metrics)) return charts;
  const streams = [...new Set(hours.flatMap(({ metrics }) => Object.keys(metrics?.stream_lag_ms ?? {})))].sort();
  return [
    ...charts,
    chart(words("openedByHour"), [{ label: words("reconnected"), hue: "amber" }, { label: words("fresh"), hue: "blue" }], ({ metrics: m }) => [m?.reconnected, m && m.connected - m.reconnected]),
    chart(words("messagesByHour"), [{ label: words("received"), hue: "blue" }, { label: words("posted"), hue: "green" }], ({ metrics: m }) => [m?.messages_per_second, m?.posts_per_second]),
    chart(words("durationByHour"), [{ label: words("minutes"), hue: "violet" }], ({ metrics: m }) => [minutes(m?.connection_seconds)]),
    chart(words("errorsByHour"), [{ label: words("errors"), hue: "red" }, { label: words("refused"), hue: "amber" }], ({ metrics: m }) => [m?.errors, m?.refused]),
    chart(words("sizeByHour"), [{ label: words("listeners"), hue: "green" }], ({ metrics: m }) => [m?.fan_out_size]),
    chart(words("timeByHour"), [{ label: words("median"), hue: "green" }], ({ metrics: m }) => [m?.fan_out_ms], {
      heads: [words("median"), words("slowest")],
      cells: ({ metrics: m }) => [m?.fan_out_ms, m?.fan_out_slowest_ms],
    }),
    chart(words("lagByHour"), [{ label: words("slowest"), hue: "amber" }], ({ metrics: m }) => [Math.max(0, ...Object.values(m?.stream_lag_ms ?? {}))], {
      heads: streams.map((name) => (streamName.has(name) ? streamName(name) : name)),
      cells: ({ metrics: m }) => streams.map((name) => m?.stream_lag_ms[name]),
    }),
  ];
}

/** @param {number | null | undefined} seconds */
function minutes(seconds) {
  return seconds == null ? seconds : Math.round(seconds / 6) / 10;
}

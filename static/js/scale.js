// Scales: the colour of a value on the map, the size of a pin, the months of an axis.
// No DOM in this file, so node can test it.

export const BREAKS = [1, 100, 500, 2000, 8000];

export function stepFor(value, breaks = BREAKS) {
  // The step of `value`: 1 to 5, or 0 below the first break. `breaks` are the lower edges, ascending.
  return breaks.findLastIndex((edge) => value >= edge) + 1;
}

export function pinSize(count) {
  // The width in pixels. It grows with the count, so that 4 digits fit.
  return Math.round(22 + 8 * Math.log10(Math.max(1, count)));
}

export function compact(value) {
  // A break as text for the legend: 8000 → 8k.
  return value >= 1000 ? `${value / 1000}k` : String(value);
}

export function yearOf(when) {
  // "2021-04" or "2021" as a number of years: the middle of the month or of the year.
  const [year, month] = when.split("-").map(Number);
  return year + (month ? (month - 0.5) / 12 : 0.5);
}

export function boxText({ west, south, east, north }) {
  // The bounds of a map as text for `bbox`: at most the whole Earth, degrees with five decimals.
  const whole = east - west >= 360;
  const edges = [whole ? -180 : wrapped(west), Math.max(-90, south), whole ? 180 : wrapped(east), Math.min(90, north)];
  return edges.map((edge) => Number(edge.toFixed(5))).join(",");
}

function wrapped(longitude) {
  return longitude >= -180 && longitude <= 180 ? longitude : ((((longitude + 180) % 360) + 360) % 360) - 180;
}

// Which colour a value gets on the map, and how large a pin is. No DOM in here, so node can test it.

export const BREAKS = [1, 100, 500, 2000, 8000];

export function stepFor(value, breaks = BREAKS) {
  // The step `value` falls in: 0 for none, 1 to 5; breaks are the lower edges, ascending.
  return breaks.findLastIndex((edge) => value >= edge) + 1;
}

export function pinSize(count) {
  // Pixels across: grows with the figure, so that 4 digits still fit.
  return Math.round(22 + 8 * Math.log10(Math.max(1, count)));
}

export function compact(value) {
  // A break as a legend writes it: 8000 → 8k.
  return value >= 1000 ? `${value / 1000}k` : String(value);
}

export function boxText({ west, south, east, north }) {
  // A map's bounds as `bbox` wants them: at most the whole Earth, degrees with five decimals.
  const whole = east - west >= 360;
  const edges = [whole ? -180 : wrapped(west), Math.max(-90, south), whole ? 180 : wrapped(east), Math.min(90, north)];
  return edges.map((edge) => Number(edge.toFixed(5))).join(",");
}

function wrapped(longitude) {
  return longitude >= -180 && longitude <= 180 ? longitude : ((((longitude + 180) % 360) + 360) % 360) - 180;
}

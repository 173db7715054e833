// Scales: the colour of a value on the map, the size of a pin.
// No DOM in this file, so node can test it.

// What a map can colour its regions by, each with the lower edges of its five steps. The same edges for every question, so
// that two maps can be compared.
export const SCALES = {
  cases: { figure: (row) => row.cases, breaks: [1, 2, 4, 10, 40], whole: true, unit: "" },
  rigs: { figure: (row) => row.rigs, breaks: [1, 100, 500, 2000, 8000], whole: true, unit: "" },
  mw: { figure: (row) => (row.kw === null ? null : row.kw / 1000), breaks: [0, 0.3, 1, 5, 20], whole: false, unit: "MW" },
};

export function stepFor(value, breaks) {
  // The step of `value`: 1 to 5, or 0 below the first break. `breaks` are the lower edges, ascending.
  return breaks.findLastIndex((edge) => value >= edge) + 1;
}

export function legendOf({ breaks, whole, unit }, highest, written) {
  // The steps of a scale as text, up to the one that `highest` is in: 1, 2–3, 4–9, 10–39, 40+.
  const unitText = unit && ` ${unit}`;
  return breaks.slice(0, stepFor(highest, breaks)).map((edge, at) => {
    if (at === breaks.length - 1) return `${written(edge)}+${unitText}`;
    const next = whole ? breaks[at + 1] - 1 : breaks[at + 1];
    return `${next === edge ? written(edge) : `${written(edge)}–${written(next)}`}${unitText}`;
  });
}

export function writer(language) {
  // Writes numbers out: 2,000 and 10,100; in Chinese 2000 and 10,100.
  const format = new Intl.NumberFormat(language, { useGrouping: language.startsWith("zh") ? "min2" : true });
  return (value) => format.format(value);
}

export function touching(one, other) {
  // Whether two boxes {left, right, top, bottom} share a point.
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

export function pinSize(count) {
  // The width in pixels. It grows with the count, so that 4 digits fit.
  return Math.round(24 + 7 * Math.log10(Math.max(1, count)));
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

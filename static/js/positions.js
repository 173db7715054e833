// The position of a region on a day, and the months of a slider. No DOM in this file, so node can test it.

export function stanceOn(codesUp, day, positions) {
  // The stance of the region itself, else of its nearest ancestor, on `day` (2021-05-18); null where none is known.
  // `codesUp` are the codes of the region and of those above it, its own first.
  const held = new Map();
  for (const one of positions) {
    if (one.first <= day && (!one.last || one.last >= day)) held.set(one.code, one.stance);
  }
  return held.get(codesUp.find((code) => held.has(code))) ?? null;
}

export function monthsBetween(first, last) {
  // The first day of every month from that of `first` to that of `last`, and `last` itself at the end.
  const days = [];
  let [year, month] = first.split("-").map(Number);
  for (;;) {
    const day = `${year}-${String(month).padStart(2, "0")}-01`;
    if (day > last) break;
    days.push(day);
    month += 1;
    if (month > 12) [year, month] = [year + 1, 1];
  }
  if (days.at(-1) !== last) days.push(last);
  return days;
}

export function quantiles(values, steps = 5) {
  // The lower edges of `steps` classes with about as many values each, ascending.
  const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
  return Array.from({ length: steps }, (_, at) => sorted[Math.floor((at * sorted.length) / steps)] ?? Infinity);
}

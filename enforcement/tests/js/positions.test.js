import assert from "node:assert/strict";
import { test } from "node:test";

import { monthsBetween, quantiles, stanceOn } from "../../../static/js/positions.js";

const positions = [
  { code: "CN", stance: "eliminated_class", first: "2021-12-30", last: null },
  { code: "CN-NM", stance: "banned", first: "2021-03-09", last: "2021-12-29" },
];

test("a region has its own position, else that of its nearest ancestor, on the day", () => {
  assert.equal(stanceOn(["CN-150800", "CN-NM", "CN"], "2021-05-18", positions), "banned");
  assert.equal(stanceOn(["CN-NM", "CN"], "2022-01-01", positions), "eliminated_class");
  assert.equal(stanceOn(["CN"], "2021-05-18", positions), null);
  assert.equal(stanceOn(["MY"], "2022-01-01", positions), null);
});

test("the days at both ends of a period belong to it", () => {
  assert.equal(stanceOn(["CN-NM", "CN"], "2021-03-08", positions), null);
  assert.equal(stanceOn(["CN-NM", "CN"], "2021-03-09", positions), "banned");
  assert.equal(stanceOn(["CN-NM", "CN"], "2021-12-29", positions), "banned");
  assert.equal(stanceOn(["CN-NM", "CN"], "2021-12-30", positions), "eliminated_class");
});

test("a slider runs through the months to the last day", () => {
  assert.deepEqual(monthsBetween("2020-11-15", "2021-02-03"), ["2020-11-01", "2020-12-01", "2021-01-01", "2021-02-01", "2021-02-03"]);
  assert.deepEqual(monthsBetween("2021-02-01", "2021-02-01"), ["2021-02-01"]);
});

test("classes hold about as many values each, and nothing is no value", () => {
  assert.deepEqual(quantiles([5, 1, 3, 0, 2, 4]), [1, 2, 3, 4, 5]);
  assert.deepEqual(quantiles([]), Array(5).fill(Infinity));
});

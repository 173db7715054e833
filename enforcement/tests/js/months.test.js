import assert from "node:assert/strict";
import { test } from "node:test";

import { following, lastMonths, monthRange } from "../../../static/js/scale.js";

test("a month without a case is shown as one without a case", () => {
  const rows = [{ month: "2021-11-01", cases: 2, rigs: 5 }, { month: "2022-02-01", cases: 1, rigs: null }];
  assert.deepEqual(lastMonths(rows).map((row) => [row.month.slice(0, 7), row.cases]),
    [["2021-11", 2], ["2021-12", 0], ["2022-01", 0], ["2022-02", 1]]);
});

test("a long series shows its end", () => {
  const rows = [{ month: "2000-01-01", cases: 1 }, { month: "2021-09-01", cases: 3 }];
  assert.equal(lastMonths(rows).length, 120);
  assert.equal(lastMonths(rows).at(-1).cases, 3);
  assert.deepEqual(lastMonths([]), []);
});

test("december is followed by january", () => {
  assert.equal(following("2021-12"), "2022-01");
  assert.equal(following("2021-09"), "2021-10");
});

test("a range can be drawn in either direction", () => {
  assert.deepEqual(monthRange("2021-09", "2020-01"), ["2020-01", "2021-09"]);
});

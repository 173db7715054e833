import assert from "node:assert/strict";
import test from "node:test";

import { grouped } from "../../../static/js/groups.js";

const at = (x, y) => ({ at: { x, y } });

test("points that lie apart stay apart, those that touch become one group", () => {
  const sizes = (points) => grouped(points, 34).map((group) => group.length);
  assert.deepEqual(sizes([]), []);
  assert.deepEqual(sizes([at(0, 0), at(33, 0), at(34.1, 0), at(200, 0)]), [2, 1, 1]);
  assert.deepEqual(sizes([at(-1, -1), at(1, 1)]), [2]);
});

test("no point is lost, and a group is told by its first point", () => {
  const points = Array.from({ length: 500 }, (_, number) => at((number * 37) % 400, (number * 91) % 300));
  const groups = grouped(points, 34);
  assert.equal(groups.flat().length, 500);
  for (const [first, ...others] of groups) {
    for (const other of others) assert.ok(Math.hypot(first.at.x - other.at.x, first.at.y - other.at.y) < 34);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { boxText, legendOf, pinSize, SCALES, stepFor, touching, writer } from "../../../static/js/scale.js";

test("a value on an edge belongs to the step above it", () => {
  const { breaks } = SCALES.rigs;
  assert.deepEqual([0, 1, 99, 100, 8000].map((value) => stepFor(value, breaks)), [0, 1, 1, 2, 5]);
});

test("a pin grows with its figure and never vanishes", () => {
  assert.equal(pinSize(0), 24);
  assert.ok(pinSize(1000) > pinSize(10));
});

test("a legend writes its steps out, up to the highest that is there", () => {
  assert.deepEqual(legendOf(SCALES.cases, 41, String), ["1", "2–3", "4–9", "10–39", "40+"]);
  assert.deepEqual(legendOf(SCALES.cases, 3, String), ["1", "2–3"]);
  assert.deepEqual(legendOf(SCALES.rigs, 2500, writer("en")), ["1–99", "100–499", "500–1,999", "2,000–7,999"]);
  assert.deepEqual(legendOf(SCALES.rigs, 2500, writer("zh-hans")).at(-1), "2000–7999");
  assert.deepEqual(legendOf(SCALES.mw, 1.5, String), ["0–0.3 MW", "0.3–1 MW", "1–5 MW"]);
});

test("boxes that only meet do not touch", () => {
  const box = (left, top) => ({ left, right: left + 10, top, bottom: top + 10 });
  assert.equal(touching(box(0, 0), box(5, 5)), true);
  assert.equal(touching(box(0, 0), box(10, 0)), false);
});

test("a box is on the Earth, and the whole Earth when the map shows more", () => {
  assert.equal(boxText({ west: -400, south: -95, east: 300, north: 91 }), "-180,-90,180,90");
  assert.equal(boxText({ west: 170, south: -10, east: 190, north: 10 }), "170,-10,-170,10");
  assert.equal(boxText({ west: 100.123456, south: 1, east: 110, north: 2 }), "100.12346,1,110,2");
});

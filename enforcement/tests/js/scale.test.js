import assert from "node:assert/strict";
import { test } from "node:test";

import { boxText, compact, pinSize, stepFor, yearOf } from "../../../static/js/scale.js";

test("a value on an edge belongs to the step above it", () => {
  assert.equal(stepFor(0), 0);
  assert.equal(stepFor(1), 1);
  assert.equal(stepFor(99), 1);
  assert.equal(stepFor(100), 2);
  assert.equal(stepFor(8000), 5);
});

test("a pin grows with its figure and never vanishes", () => {
  assert.equal(pinSize(0), 22);
  assert.ok(pinSize(1000) > pinSize(10));
});

test("a legend writes thousands short", () => {
  assert.equal(compact(500), "500");
  assert.equal(compact(2000), "2k");
});

test("a box is on the Earth, and the whole Earth when the map shows more", () => {
  assert.equal(boxText({ west: -400, south: -95, east: 300, north: 91 }), "-180,-90,180,90");
  assert.equal(boxText({ west: 170, south: -10, east: 190, north: 10 }), "170,-10,-170,10");
  assert.equal(boxText({ west: 100.123456, south: 1, east: 110, north: 2 }), "100.12346,1,110,2");
});

test("a month lies within its year, a year in its middle", () => {
  assert.equal(yearOf("2021"), 2021.5);
  assert.ok(yearOf("2021-01") > 2021);
  assert.ok(yearOf("2021-12") < 2022);
  assert.ok(yearOf("2021-04") < yearOf("2021-05"));
});

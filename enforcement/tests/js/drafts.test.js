import assert from "node:assert/strict";
import { test } from "node:test";

import { isOffered, kept, opened, renumbered, rowsNeeded, sealed } from "../../../static/js/drafts.js";

const typed = [["csrfmiddlewaretoken", "x"], ["base", "y"], ["key", "k1"], ["place", "Hall 3"], ["raids-0-lines-2-count", "5"]];

test("what is kept is what was typed, without what belongs to the session", () => {
  assert.deepEqual(kept(typed, 7), { at: 7, entries: typed.slice(2) });
});

test("a copy is offered while it says something that is not saved", () => {
  const local = kept(typed, 10_000);
  assert.equal(isOffered(local, { key: "k2", done: [], savedAt: 0 }), true);
  assert.equal(isOffered(local, { key: "k1", done: [], savedAt: 20_000 }), false);
  assert.equal(isOffered(local, { key: "k1", done: [], savedAt: 5_000 }), true);
  assert.equal(isOffered(local, { key: "k2", done: ["k1"], savedAt: 0 }), false);
  assert.equal(isOffered(kept([["key", "k1"], ["kind", "raid"], ["raids-0-lines-0-kind", "asic"]], 1), { key: "k2", done: [], savedAt: 0 }), false);
  assert.equal(isOffered(null, { key: "k2", done: [], savedAt: 0 }), false);
});

test("rows are counted for each formset, outer ones first", () => {
  assert.deepEqual([...rowsNeeded([["raids-1-lines-2-count", ""], ["figures-0-amount", ""]])], [["raids", 2], ["figures", 1], ["raids-1-lines", 3]]);
});

test("a row takes its number and leaves the marks of inner rows", () => {
  const html = "raids-__prefix__-when raids-__prefix__-lines-__prefix__-count";
  assert.equal(renumbered(html, "raids", 1), "raids-1-when raids-1-lines-__prefix__-count");
});

test("a copy is opened with the lock that it was sealed with, and with no other", async () => {
  const [lock, another] = [btoa("k".repeat(32)), btoa("l".repeat(32))];
  const copy = kept([["place", "三号 Hall"], ["note", "x".repeat(200_000)]], 7);
  const text = await sealed(copy, lock);
  assert.equal(/Hall/.test(atob(text.split(".")[1])), false);
  assert.deepEqual(await opened(text, lock), copy);
  assert.notEqual(await sealed(copy, lock), text);
  for (const wrong of [await opened(text, another), await opened(null, lock), await opened(JSON.stringify(copy), lock)]) assert.equal(wrong, null);
});

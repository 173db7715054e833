// The page of the explorer: the form asks, htmx answers in place, the map follows.
/* global htmx */

import { caseMap } from "./case-map.js";

const PHONE = matchMedia("(max-width: 899px)");
const form = () => document.querySelector(".filters form");
let filtersOpen = !PHONE.matches;

function choose(name, value) {
  // The map is a second view of the question, never a second question: it changes the form.
  for (const input of form().querySelectorAll(`input[name="${name}"]`)) input.remove();
  form().append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  htmx.trigger(form(), "submit");
}

const map = caseMap(document.querySelector("[data-case-map]"), { choose });

function settle() {
  const panel = document.querySelector(".filters");
  panel.open = filtersOpen;
  panel.addEventListener("toggle", () => (filtersOpen = panel.open));
  document.title = document.querySelector("#explorer").dataset.sentence;
}

document.body.addEventListener("htmx:configRequest", ({ detail }) => {
  // An empty field is no question: keep it out of the address.
  for (const [name, value] of [...detail.formData.entries()]) if (value === "") detail.formData.delete(name);
});
document.body.addEventListener("htmx:afterSettle", () => {
  settle();
  map.refresh();
});
for (const [type, on] of [["mouseover", true], ["mouseout", false]]) {
  document.body.addEventListener(type, ({ target }) => {
    const row = target.closest?.("tr[data-ref]");
    if (row) map.lightPin(row.dataset.ref, on);
  });
}
settle();

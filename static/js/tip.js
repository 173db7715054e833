// The form of a report: the browser solves the calculation (ALTCHA, SHA-256) that keeps machines away, so that nobody
// has to add numbers; and a second press of the button sends nothing.

import { solved } from "./proof.js";

const form = document.querySelector("[data-tip-form]");
const button = form.querySelector("button.primary");
const challenge = JSON.parse(document.querySelector("#tip-challenge").textContent);
let sending = false;

// Without a secure connection browsers do not calculate: then the sum stays.
if (globalThis.crypto?.subtle) {
  form.querySelector("[data-tip-sum]").hidden = true;
  const answer = solved(challenge);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    button.textContent = button.dataset.waiting;
    form.elements.namedItem("proof").value = await answer;
    form.submit();
  });
}

// The map comes only if somebody asks for it.
const place = form.querySelector("[data-tip-map]");
place.hidden = false;
place.querySelector("button").addEventListener("click", async ({ target }) => {
  target.disabled = true;
  try {
    await import(place.dataset.leaflet);
    await (await import("./tip-map.js")).tipMap(place, form.elements.namedItem(place.dataset.point));
    target.remove();
  } catch (problem) {
    console.warn(problem);
    target.replaceWith(Object.assign(document.createElement("p"), { className: "field-error", textContent: place.dataset.labelFailed }));
  }
});

// The page of before, as the back button shows it: the button works again.
addEventListener("pageshow", () => (sending = false));

// The page of the case list: a change of the form makes htmx replace the results; map and charts follow.
/* global htmx */

import { caseMap } from "./case-map.js";
import { charts } from "./charts.js";

const PHONE = matchMedia("(max-width: 899px)");
const form = document.querySelector("#question");
const panel = document.querySelector(".filters");

// Map and charts do not have filters of their own: they change the form.
function choose(values) {
  for (const [name, value] of Object.entries(values)) {
    const field = form.querySelector(`input[name="${name}"]:not([type="checkbox"], [type="hidden"])`);
    if (field) {
      field.value = value;
      continue;
    }
    for (const input of form.querySelectorAll(`input[type="hidden"][name="${name}"]`)) input.remove();
    if (value) form.append(hidden(name, value));
  }
  htmx.trigger(form, "submit");
}

function toggle(name, code) {
  const box = form.querySelector(`input[type="checkbox"][name="${name}"][value="${CSS.escape(code)}"]`);
  if (!box) return choose({ [name]: code });
  box.checked = !box.checked;
  htmx.trigger(form, "submit");
}

function hidden(name, value) {
  return Object.assign(document.createElement("input"), { type: "hidden", name, value });
}

const map = caseMap(document.querySelector("[data-case-map]"), { choose });
charts({ form, choose, toggle });

function followAnswer() {
  const results = document.querySelector("#results");
  document.title = results.dataset.sentence;
}

document.body.addEventListener("htmx:configRequest", ({ detail }) => {
  // The counts use all parameters of the address, also those without a field in the form.
  if (detail.elt.id === "insights") {
    detail.path += location.search;
    return;
  }
  // Leave empty fields out of the address. After a change of the filters, begin on the first page.
  for (const [name, value] of [...detail.formData.entries()]) {
    if (value === "" || (name === "page" && detail.elt === form)) detail.formData.delete(name);
  }
});
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id === "results") {
    followAnswer();
    htmx.trigger(document.body, "answered");
  }
  if (detail.target.id === "insights") {
    const data = document.querySelector("#insights-data");
    const understood = document.querySelector("#results").dataset.understood === "1";
    const answer = data && understood ? JSON.parse(data.textContent) : null;
    map.show(answer?.regions ?? null);
  }
});

// A field that completes names: the typed name becomes a hidden code, and the form is sent.
let typing;
document.body.addEventListener("input", ({ target }) => {
  if (!target.dataset.adds) return;
  clearTimeout(typing);
  typing = setTimeout(() => complete(target), 150);
});
document.body.addEventListener("change", (event) => {
  if (!event.target.dataset?.adds) return;
  event.stopPropagation();
  const option = [...event.target.list.options].find(({ value }) => value === event.target.value);
  if (!option) return;
  event.target.value = "";
  form.append(hidden(event.target.dataset.adds, option.dataset.code));
  htmx.trigger(form, "submit");
}, true);

async function complete(input) {
  const response = await fetch(`${input.dataset.names}?q=${encodeURIComponent(input.value)}`);
  if (!response.ok) return;
  const { names } = await response.json();
  input.list.replaceChildren(...names.map(({ code, name }) => {
    const option = Object.assign(document.createElement("option"), { value: name });
    option.dataset.code = code;
    return option;
  }));
}

for (const [type, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
  document.body.addEventListener(type, ({ target }) => {
    const row = target.closest?.("tr[data-ref]");
    if (row) map.lightPin(row.dataset.ref, on);
  });
}

panel.open = !PHONE.matches;
PHONE.addEventListener("change", () => (panel.open = !PHONE.matches));
followAnswer();

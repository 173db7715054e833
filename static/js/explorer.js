// The page of the case list: a change of the form makes htmx replace the results; map and charts follow.
/* global htmx */

import { caseMap } from "./case-map.js";

const form = document.querySelector("#question");
const panel = document.querySelector("#filters");
const VIEW = ["show", "metric"]; // how a selection is shown: in the address, and in no field of the form

// Map and charts do not have filters of their own: they change the form.
function choose({ show, ...values }) {
  if (show !== undefined) keepInAddress({ show });
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
// A module that comes when somebody first comes near what it serves: a first visit stays light.
const near = async ({ target }) => {
  if (!target.closest?.("#charts")) return;
  for (const type of ["pointerover", "focusin"]) document.body.removeEventListener(type, near);
  (await import("./charts.js")).charts({ choose, toggle });
};
for (const type of ["pointerover", "focusin"]) document.body.addEventListener(type, near);

function results() {
  return document.querySelector("#results");
}

function followAnswer() {
  const { sentence, shows, placed } = results().dataset;
  document.title = sentence;
  say(sentence);
  panel.querySelector(".go button").textContent = shows;
  document.querySelector("#placed").textContent = placed;
  standBack();
}

// A screen reader is told the result once, when the filters have come to rest.
let saying;
function say(sentence) {
  const place = document.querySelector("[data-said]");
  clearTimeout(saying);
  if (place.dataset.last && place.dataset.last !== sentence) saying = setTimeout(() => (place.textContent = sentence), 800);
  place.dataset.last = sentence;
}

function drawAnswer() {
  const data = document.querySelector("#insights-data");
  const answer = data && results().dataset.understood === "1" ? JSON.parse(data.textContent) : null;
  map.show(answer?.regions ?? null);
}

// The address with other values of `VIEW`: nothing is asked, and Back leads to the question before.
function keepInAddress(values) {
  const address = new URL(location);
  for (const [name, value] of Object.entries(values)) {
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  history.replaceState(history.state, "", address);
}

document.body.addEventListener("click", (event) => {
  const tab = event.target.closest?.(".explorer .tabs a");
  if (tab && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    const { show } = tab.dataset;
    results().dataset.show = show;
    for (const other of tab.closest(".tabs").querySelectorAll("a")) {
      if (other === tab) other.setAttribute("aria-current", "true");
      else other.removeAttribute("aria-current");
    }
    keepInAddress({ show: show === "list" ? "" : show });
    tab.closest(".tabs").scrollIntoView({ block: "nearest" });
  }
  const metric = event.target.closest?.("[data-metrics] :is(a, button)");
  if (metric && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    showMetric(metric.value ?? metric.dataset.value);
  }
});

// Only `#charts` asks for charts: of an element htmx lets the last answer win, of two whichever comes last.
function showMetric(code) {
  keepInAddress({ metric: code === "cases" ? "" : code });
  map.paint();
  htmx.ajax("GET", location.pathname, { source: "#charts", target: "#charts" });
}

// The filters as a sheet: what lies behind it cannot be reached until it is closed.
function standBack() {
  const open = panel.matches(":popover-open");
  for (const behind of [results(), ...document.querySelectorAll(".masthead, .footer")]) behind.inert = open;
  if (open) panel.setAttribute("role", "dialog");
  else panel.removeAttribute("role");
}
panel.addEventListener("toggle", () => {
  standBack();
  // The button that opened it was inert, or went with the results before: the browser cannot lead back to it.
  const lost = document.activeElement === document.body || panel.contains(document.activeElement);
  if (lost && !panel.matches(":popover-open")) document.querySelector("#open-filters").focus();
});
form.addEventListener("submit", () => panel.matches(":popover-open") && panel.hidePopover());

const asked = (parameters) => [...parameters].map(String).sort().join("&");

document.body.addEventListener("htmx:configRequest", (event) => {
  const { detail } = event;
  // Counts and charts use all parameters of the address, also those without a field in the form.
  if (["insights", "charts"].includes(detail.elt.id)) {
    detail.path += location.search;
    return;
  }
  if (detail.elt !== form) return;
  const address = new URLSearchParams(location.search);
  for (const name of VIEW) {
    detail.formData.delete(name);
    if (address.get(name)) detail.formData.set(name, address.get(name));
  }
  // Leave empty fields out of the address. After a change of the filters, begin on the first page.
  for (const [name, value] of [...detail.formData.entries()]) {
    if (value === "" || name === "page") detail.formData.delete(name);
  }
  // Enter in a field is a change and a submit. The answer to the second would come over what is clicked meanwhile.
  if (asked(detail.formData.entries()) === asked(address)) event.preventDefault();
});

// Folds that were open stay open when their counts are new.
let unfolded = [];
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "insights") unfolded = [...detail.target.querySelectorAll("[data-keep][open]")].map((fold) => fold.dataset.keep);
});
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id === "results") {
    followAnswer();
    htmx.trigger(document.body, "answered");
  }
  if (detail.target.id === "insights") {
    for (const name of unfolded) detail.target.querySelector(`[data-keep="${name}"]`)?.setAttribute("open", "");
    drawAnswer();
  }
});
for (const name of ["htmx:pushedIntoHistory", "htmx:replacedInHistory"]) {
  document.body.addEventListener(name, () => map.paint());
}

// A field that completes names: the typed name becomes a hidden code, and the form is sent.
let typing;
const named = (input) => [...input.list.options].find(({ value }) => value === input.value);
document.body.addEventListener("input", ({ target }) => {
  if (!target.dataset.adds) return;
  clearTimeout(typing);
  // A name that was chosen from the list is not asked for: the whole of it, with the region above, is like no name.
  if (!named(target)) typing = setTimeout(() => complete(target), 150);
});
document.body.addEventListener("change", async (event) => {
  const { target } = event;
  if (!target.dataset?.adds) return;
  event.stopPropagation();
  clearTimeout(typing);
  let option = named(target);
  // Who knows the name is faster than the list; of names that are like it, only one can be meant without being chosen.
  if (!option && target.value && await complete(target)) {
    const { options } = target.list;
    option = named(target) ?? (options.length === 1 ? options[0] : null);
  }
  if (!option) return;
  target.value = "";
  form.append(hidden(target.dataset.adds, option.dataset.code));
  htmx.trigger(form, "submit");
}, true);

// True when the list has the names that are like what is typed now.
async function complete(input) {
  const text = input.value;
  const response = await fetch(`${input.dataset.names}?q=${encodeURIComponent(text)}`).catch(() => null);
  if (!response?.ok || input.value !== text) return false;
  const { names } = await response.json();
  input.list.replaceChildren(...names.map(({ code, name }) => {
    const option = Object.assign(document.createElement("option"), { value: name });
    option.dataset.code = code;
    return option;
  }));
  return true;
}

for (const [type, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
  document.body.addEventListener(type, ({ target }) => {
    const row = target.closest?.("tr[data-ref]");
    if (row) map.lightPin(row.dataset.ref, on);
  });
}

// Up and down, or k and j, go through the list; Enter opens, as on every link.
const ROWS = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const row = event.target.closest("tr[data-ref]");
  const isLetter = event.key.length === 1;
  if (!ROWS[event.key] || (!row && !isLetter) || event.target.closest(".leaflet-container")) return;
  const links = [...results().querySelectorAll("tr[data-ref] td.title a")];
  const at = row ? links.findIndex((link) => row.contains(link)) + ROWS[event.key] : 0;
  if (!links[at]) return;
  event.preventDefault();
  links[at].focus();
});

followAnswer();
if (document.querySelector("#insights-data")) drawAnswer();

// The form of a case: adds rows, completes names, and stores what is typed in this browser until it is saved.

import { isOffered, kept, opened, renumbered, rowsNeeded, sealed } from "./drafts.js";
import { completeNames } from "./names.js";

const form = document.querySelector("[data-entry]");
const place = `entry ${form.dataset.user} ${form.dataset.case || "new"}`;

for (const rows of form.querySelectorAll("[data-rows]")) prepare(rows);
completeNames(form);
keep();
offer();
document.querySelector("[data-errors]")?.focus();

// Rows

function prepare(rows) {
  const add = rows.querySelector(":scope > [data-add]");
  add.hidden = false;
  add.addEventListener("click", () => addRow(rows).querySelector("input:not([type=hidden]), select")?.focus());
}

function addRow(rows) {
  const prefix = rows.dataset.rows;
  const total = form.elements[`${prefix}-TOTAL_FORMS`];
  const template = rows.querySelector(":scope > template");
  const text = new DOMParser().parseFromString(renumbered(template.outerHTML, prefix, total.value), "text/html");
  const row = document.importNode(text.querySelector("template").content, true).firstElementChild;
  template.before(row);
  total.value = Number(total.value) + 1;
  for (const inner of row.querySelectorAll("[data-rows]")) prepare(inner);
  return row;
}

form.addEventListener("change", ({ target }) => {
  if (target.name?.endsWith("-DELETE")) target.closest("[data-row]").classList.toggle("removed", target.checked);
});

// The point

const [latitude, longitude] = [form.elements.latitude, form.elements.longitude];

function setPoint(north, east) {
  [latitude.value, longitude.value] = [north, east];
  for (const input of [latitude, longitude]) {
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

latitude.addEventListener("change", sayWhatItStandsFor);
function sayWhatItStandsFor() {
  if (latitude.value && !form.elements.location_precision.value) form.elements.location_precision.value = "site";
}

const locate = form.querySelector("[data-locate]");
if ("geolocation" in navigator && window.isSecureContext) {
  locate.hidden = false;
  locate.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(({ coords }) => setPoint(coords.latitude.toFixed(5), coords.longitude.toFixed(5)));
  });
}

form.addEventListener("click", ({ target }) => {
  if (target.matches("[data-swap]")) setPoint(longitude.value, latitude.value);
  if (target.matches("[data-fill]")) {
    const input = form.elements[target.dataset.fill];
    input.value = target.dataset.value;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  if (target.matches("[data-tick]")) {
    const box = form.elements[target.dataset.tick];
    box.checked = true;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
for (const part of form.querySelectorAll("[data-scripted]")) part.hidden = false;

// Enter goes to the next field, as the key of a phone's keyboard says; Ctrl+Enter saves.

form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("input:not([type=checkbox], [type=radio])")) return;
  event.preventDefault();
  if (event.ctrlKey || event.metaKey) return form.requestSubmit();
  const fields = [...form.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((field) => field.offsetParent);
  fields[fields.indexOf(event.target) + 1]?.focus();
});

// The map follows the region that was typed.

const map = form.querySelector("[data-point-map]");
let shown = document.getElementById("typed-region").dataset.code;
document.addEventListener("htmx:oobAfterSwap", () => {
  const { code, start, shapes } = document.getElementById("typed-region").dataset;
  if (!code || code === shown) return;
  shown = code;
  map.dispatchEvent(new CustomEvent("region", { detail: { code, start, shapes } }));
});

// Once the form is sent, no save of its draft comes behind: it would wait for the case, or be about a draft that is done.

let sent = false;
form.addEventListener("submit", () => {
  sent = true;
  form.dispatchEvent(new CustomEvent("htmx:abort"));
});
form.addEventListener("htmx:beforeRequest", (event) => sent && event.preventDefault());
window.addEventListener("pageshow", () => (sent = false)); // back from where it led

// Storage in this browser

function keep() {
  let waiting;
  const write = async () => {
    try {
      localStorage.setItem(place, await sealed(kept([...new FormData(form)], Date.now()), form.dataset.lock));
    } catch {
      // This browser stores nothing; the draft on the server remains.
    }
  };
  for (const event of ["input", "change"]) {
    form.addEventListener(event, () => {
      clearTimeout(waiting);
      waiting = setTimeout(write, 200);
    });
  }
  form.addEventListener("submit", write);
  if ([...form.elements].some(isTyped)) write(); // before this script came
}

function isTyped({ type, value, defaultValue, checked, defaultChecked }) {
  return ["checkbox", "radio"].includes(type) ? checked !== defaultChecked : (defaultValue ?? value) !== value;
}

async function offer() {
  const notice = document.querySelector("[data-kept]");
  let text = null;
  try {
    text = localStorage.getItem(place);
  } catch {
    return;
  }
  const local = await opened(text, form.dataset.lock);
  const { done, saved } = form.dataset;
  const page = { key: form.elements.key.value, done: done.split(" "), savedAt: saved ? Date.parse(saved) : 0 };
  if (!local) return;
  if (!isOffered(local, page)) {
    if (page.done.includes(local.entries?.find(([name]) => name === "key")?.[1])) localStorage.removeItem(place);
    return;
  }
  const said = notice.querySelector("[data-kept-said]");
  said.textContent = said.dataset.text.replace("%s", new Date(local.at).toLocaleTimeString());
  notice.hidden = false;
  notice.querySelector("[data-restore]").addEventListener("click", () => {
    fill(local.entries);
    notice.hidden = true;
  });
  notice.querySelector("[data-forget]").addEventListener("click", () => {
    localStorage.removeItem(place);
    notice.hidden = true;
  });
}

function fill(entries) {
  for (const [prefix, count] of rowsNeeded(entries)) {
    const rows = form.querySelector(`[data-rows="${CSS.escape(prefix)}"]`);
    while (rows && Number(form.elements[`${prefix}-TOTAL_FORMS`].value) < count) addRow(rows);
  }
  const said = new Map(entries);
  for (const element of form.elements) {
    if (!element.name || /_FORMS$|^csrf|^base$/.test(element.name)) continue;
    if (element.type === "checkbox") element.checked = said.has(element.name);
    else if (element.type === "radio") element.checked = said.get(element.name) === element.value;
    else if (said.has(element.name)) element.value = said.get(element.name);
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
  latitude.dispatchEvent(new Event("input", { bubbles: true }));
}

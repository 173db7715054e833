// The page of the queue: a change of the form makes htmx replace the results; the map shows the same leads.
/* global htmx, L */

import { grouped } from "./groups.js";
import { createMap, json, pin, shapes } from "./map.js";

const form = document.querySelector("#question");
const panel = document.querySelector("#filters");
const APART = 34; // pixels between circles: as wide as a finger
const drawn = new WeakSet(); // htmx says more than once that an answer has settled
let asked = new AbortController();

function draw() {
  const element = document.querySelector("[data-lead-map]");
  if (!element || drawn.has(element)) return;
  drawn.add(element);
  // A map that nobody sees has no size to be fitted to.
  new ResizeObserver((_entries, observer) => {
    if (!element.offsetWidth) return;
    observer.disconnect();
    fill(element);
  }).observe(element);
}

async function fill(element) {
  const words = element.dataset;
  const map = createMap(element);
  asked.abort();
  asked = new AbortController();
  const question = new URLSearchParams(location.search);
  for (const name of ["show", "page", "per_page"]) question.delete(name);
  try {
    const [world, found] = await Promise.all([json(words.world), json(`${words.leads}?${question}`, asked.signal)]);
    document.querySelector("[data-not-drawn]").textContent = found.note;
    shapes(world, { style: () => "base" }).addTo(map);
    const pins = L.layerGroup().addTo(map);
    const bounds = L.latLngBounds(found.features.map(placeOf));
    if (bounds.isValid()) map.fitBounds(bounds.pad(0.1), { animate: false, maxZoom: 9 });
    map.on("zoomend", () => place(map, pins, found.features, words));
    place(map, pins, found.features, words);
  } catch (problem) {
    if (problem.name === "AbortError") return;
    console.warn(problem);
    const note = L.control({ position: "topright" });
    note.onAdd = () => Object.assign(document.createElement("p"), { className: "map-note", textContent: words.labelFailed });
    note.addTo(map);
  }
}

function placeOf({ geometry: { coordinates: [longitude, latitude] } }) {
  return [latitude, longitude];
}

function place(map, pins, features, words) {
  pins.clearLayers();
  const points = features.map((feature) => ({ feature, at: map.project(placeOf(feature)) }));
  for (const group of grouped(points, APART)) {
    const members = group.map(({ feature }) => feature);
    const coarse = members.every(({ properties }) => properties.coarse);
    const title = members.length === 1 ? members[0].properties.title : `${members.length} ${words.labelLeads}`;
    const shown = pin(placeOf(members[0]), { count: members.length, coarse, title });
    shown.bindPopup(() => listOf(members, words), { minWidth: 200, maxWidth: 260, maxHeight: 240 });
    pins.addLayer(shown);
  }
}

function listOf(members, words) {
  const list = Object.assign(document.createElement("ul"), { className: "plain" });
  for (const { properties } of members.slice(0, 20)) {
    const item = document.createElement("li");
    const link = Object.assign(document.createElement("a"), { href: `${words.lead}${properties.ref}/`, textContent: properties.title });
    const facts = [properties.state, properties.region, "days" in properties && `${properties.days} ${words.labelDays}`, properties.coarse && words.labelCoarse];
    item.append(link, Object.assign(document.createElement("p"), { textContent: facts.filter(Boolean).join(" · ") }));
    list.append(item);
  }
  return list;
}

document.body.addEventListener("click", (event) => {
  const tab = event.target.closest?.(".explorer .tabs a");
  if (!tab || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  document.querySelector("#results").dataset.show = tab.dataset.show;
  for (const other of tab.closest(".tabs").querySelectorAll("a")) {
    if (other === tab) other.setAttribute("aria-current", "true");
    else other.removeAttribute("aria-current");
  }
  const address = new URL(location);
  if (tab.dataset.show === "list") address.searchParams.delete("show");
  else address.searchParams.set("show", tab.dataset.show);
  history.replaceState(history.state, "", address);
});

form.addEventListener("submit", () => panel.matches(":popover-open") && panel.hidePopover());
document.body.addEventListener("htmx:configRequest", ({ detail }) => {
  // Leave empty fields out of the address. After a change of the filters, begin on the first page.
  for (const [name, value] of [...detail.formData.entries()]) {
    if (value === "" || name === "page") detail.formData.delete(name);
  }
});
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id !== "results") return;
  document.title = document.querySelector("#results").dataset.sentence;
  draw();
});

draw();

// The map of legal positions: coloured by the day on the slider, or by power and savings.
/* global L */

import { createMap, json, shapes } from "./map.js";
import { monthsBetween, quantiles, stanceOn } from "./positions.js";
import { stepFor } from "./scale.js";

const element = document.querySelector("[data-positions-map]");
const data = JSON.parse(document.getElementById("positions-data").textContent);
const places = new Map(data.places.map((place) => [place.code, place]));
const form = document.querySelector("[data-positions-form]");
const field = form.elements.on;
const { show, boundaries, labelUnknown } = element.dataset;
const key = { power: "kw", saved: "saved" }[show];
const breaks = key && quantiles(data.places.map((place) => place[key] ?? 0));
let layer;

draw();

async function draw() {
  const map = createMap(element, { minZoom: 0 });
  layer = shapes(await json(boundaries), { style: face, label, click: open }).addTo(map);
  // Antarctica has no law of its own and would fill a quarter of the map.
  const peopled = L.featureGroup(layer.getLayers().filter((shape) => shape.feature.properties.code !== "AQ"));
  if (peopled.getBounds().isValid()) map.fitBounds(peopled.getBounds(), { animate: false });
  slider(form.querySelector("[data-slider]"));
}

function face({ properties }) {
  const place = places.get(properties.code);
  if (!place) return "";
  if (key) return place[key] ? `q${stepFor(place[key], breaks)}` : "";
  const stance = stanceOn(place.codes_up, field.value, data.positions);
  return stance ? `stance-${stance}` : "";
}

function label({ properties }) {
  const place = places.get(properties.code);
  const stance = place && stanceOn(place.codes_up, field.value, data.positions);
  return `${properties.name}: ${stance ? data.stances[stance] : labelUnknown}`;
}

function open({ properties }) {
  location.assign(`/regions/${properties.code}/`);
}

function slider(range) {
  // The slider changes only the map. The table shows the day of the address; the button Apply changes it.
  const days = monthsBetween(range.dataset.first, range.dataset.last);
  range.max = days.length - 1;
  range.value = days.findLastIndex((day) => day <= field.value);
  range.disabled = false;
  range.addEventListener("input", () => {
    field.value = days[range.value];
    range.setAttribute("aria-valuetext", field.value);
    recolour();
  });
  range.addEventListener("change", () => {
    const address = new URL(location.href);
    address.searchParams.set("on", field.value);
    history.replaceState(null, "", address);
  });
  field.addEventListener("change", recolour);
}

function recolour() {
  document.querySelector("[data-day-shown]").textContent = field.value;
  layer.eachLayer((one) => {
    const path = one.getElement();
    path?.classList.remove(...[...path.classList].filter((name) => name.startsWith("stance-")));
    const now = face(one.feature);
    if (path && now) path.classList.add(now);
    one.getTooltip()?.setContent(text(label(one.feature)));
  });
}

function text(words) {
  const element = document.createElement("span");
  element.textContent = words;
  return element;
}

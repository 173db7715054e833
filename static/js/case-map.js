// The map of the case list: the selection as clusters, which the server makes, over coloured regions.
/* global L */

import { createMap, json, pin, shapes } from "./map.js";
import { BREAKS, boxText, compact, stepFor } from "./scale.js";

export function caseMap(element, { choose }) {
  // `choose({name: value})` changes the filters; the page then calls `show()` with the new answer.
  const words = element.dataset;
  const map = createMap(element);
  const pins = L.layerGroup().addTo(map);
  const byRef = new Map();
  let regions = L.layerGroup().addTo(map);
  let shown; // the region that the map shows; undefined before the first answer
  let asked = new AbortController();

  const world = json(words.world);
  const base = world.then((collection) => shapes(collection, { style: () => "base" }).addTo(map).bringToBack());
  legend(words).addTo(map);
  areaButton(words, () => choose({ bbox: boxText(edges(map)) })).addTo(map);
  map.on("moveend", () => shown !== undefined && drawPins());

  // `answer` has the rigs of each region, the address of the shapes, and the region in focus.
  async function show(answer) {
    try {
      await base;
      if (!answer) return clear();
      await drawRegions(answer);
      await drawPins();
    } catch (problem) {
      if (problem.name !== "AbortError") fail(problem);
    }
  }

  function clear() {
    // A filter with an error: show nothing.
    map.removeLayer(regions);
    pins.clearLayers();
    byRef.clear();
    shown = undefined;
  }

  async function drawRegions(answer) {
    const rows = new Map(answer.regions.map((row) => [row.code, row]));
    const collection = await (answer.boundaries === words.world ? world : json(answer.boundaries));
    const layer = shapes(collection, {
      style: (feature) => `q${stepFor(rows.get(feature.properties.code)?.rigs ?? 0)}`,
      label: (feature) => sentence(feature.properties.name, rows.get(feature.properties.code)),
      click: (feature) => choose({ region: feature.properties.code }),
    });
    map.removeLayer(regions);
    regions = layer.addTo(map);
    if (answer.focus === shown) return;
    shown = undefined; // the next line moves the map; draw the pins once, after the move
    const bounds = focusBounds(layer, answer.focus);
    if (bounds?.isValid()) map.fitBounds(bounds, { animate: false, maxZoom: 9 });
    else map.setView([25, 60], 2, { animate: false });
    shown = answer.focus;
  }

  function focusBounds(layer, focus) {
    if (!focus) return null;
    const own = layer.getLayers().find((shape) => shape.feature.properties.code === focus);
    return (own ?? layer).getBounds();
  }

  async function drawPins() {
    asked.abort();
    asked = new AbortController();
    const question = new URLSearchParams(location.search);
    if (!question.get("bbox")) question.set("bbox", boxText(edges(map)));
    question.set("zoom", String(Math.round(map.getZoom())));
    try {
      const answer = await json(`${words.cases}?${question}`, asked.signal);
      pins.clearLayers();
      byRef.clear();
      for (const feature of answer.features) pins.addLayer(marker(feature));
    } catch (problem) {
      if (problem.name !== "AbortError") pins.clearLayers();
    }
  }

  function marker({ geometry, properties }) {
    const [longitude, latitude] = geometry.coordinates;
    const single = properties.count === 1;
    const title = single ? properties.title : `${properties.count} ${words.labelCases}`;
    const found = pin([latitude, longitude], { count: properties.count, coarse: properties.precision === "admin1", title });
    if (single) {
      byRef.set(properties.ref, found);
      found.bindPopup(() => popup(properties));
      found.on("mouseover mouseout", ({ type }) => light(properties.ref, type === "mouseover"));
    } else {
      found.on("click", () => open(properties.bbox));
    }
    return found;
  }

  function open([west, south, east, north]) {
    // Cases at the same point: zooming cannot separate them, so list them.
    const onOneSpot = east - west < 1e-4 && north - south < 1e-4;
    const margin = 1e-4;
    if (onOneSpot || map.getZoom() >= 12) {
      choose({ bbox: boxText({ west: west - margin, south: south - margin, east: east + margin, north: north + margin }) });
    } else {
      map.fitBounds([[south, west], [north, east]], { padding: [40, 40], maxZoom: map.getZoom() + 4 });
    }
  }

  function popup(properties) {
    const box = document.createElement("div");
    const link = document.createElement("a");
    link.href = `${words.case}${properties.ref}/`;
    link.textContent = properties.title;
    const facts = document.createElement("p");
    facts.textContent = [properties.occurred_on.slice(0, { day: 10, month: 7, year: 4 }[properties.date_precision]), rigText(properties.rigs)].join(" · ");
    box.append(link, facts);
    if (properties.precision === "admin1") {
      const coarse = document.createElement("p");
      coarse.textContent = words.labelCoarse;
      box.append(coarse);
    }
    return box;
  }

  function sentence(name, row) {
    return row ? `${name}: ${row.cases} ${words.labelCases}, ${rigText(row.rigs)}` : name;
  }

  function rigText(count) {
    return count === null ? words.labelUnsaid : `${count.toLocaleString(document.documentElement.lang)} ${words.labelRigs}`;
  }

  function light(ref, on) {
    document.querySelector(`tr[data-ref="${CSS.escape(ref)}"]`)?.classList.toggle("lit", on);
  }

  function lightPin(ref, on) {
    byRef.get(ref)?.getElement()?.firstElementChild?.classList.toggle("lit", on);
  }

  function fail() {
    const note = L.control({ position: "topright" });
    note.onAdd = () => Object.assign(document.createElement("p"), { className: "legend", textContent: words.labelFailed });
    note.addTo(map);
  }

  return { show, lightPin };
}

function edges(map) {
  const bounds = map.getBounds();
  return { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
}

function legend(words) {
  const control = L.control({ position: "bottomleft" });
  control.onAdd = () => {
    const box = document.createElement("div");
    box.className = "legend";
    const steps = document.createElement("ol");
    for (const [step, edge] of [0, ...BREAKS].entries()) {
      steps.append(Object.assign(document.createElement("li"), { className: `q${step}`, textContent: compact(edge) }));
    }
    box.append(Object.assign(document.createElement("span"), { textContent: words.labelLegend }), steps);
    return box;
  };
  return control;
}

function areaButton(words, search) {
  const control = L.control({ position: "topright" });
  control.onAdd = () => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "search-area", textContent: words.labelArea });
    L.DomEvent.disableClickPropagation(button);
    button.addEventListener("click", search);
    return button;
  };
  return control;
}

// The map of the case list: the selection as circles, which the server makes, over regions coloured by one metric.
/* global L */

import { createMap, json, pin, shapes } from "./map.js";
import { boxText, legendOf, pinSize, SCALES, stepFor, touching, writer } from "./scale.js";

const PHONE = matchMedia("(max-width: 899px)");
const CIRCLES_APART = Math.log2(34 / 22); // steps of zoom by which a finger needs its circles farther apart than a mouse
const ROOM = { paddingTopLeft: [52, 20], paddingBottomRight: [20, 20] }; // for the buttons and for half a circle
const STEPS = { ArrowLeft: [-80, 0], ArrowRight: [80, 0], ArrowUp: [0, -80], ArrowDown: [0, 80] };
const MOST_NAMES = 60;

export function caseMap(element, { choose }) {
  // `choose({name: value})` changes the filters; the page then calls `show()` with the new answer.
  const words = element.dataset;
  const language = document.documentElement.lang;
  const written = writer(language);
  const card = element.closest(".view-map");
  const map = createMap(element);
  const pins = L.layerGroup().addTo(map);
  const byRef = new Map();
  map.createPane("names").classList.add("leaflet-names-pane");
  const names = L.layerGroup().addTo(map);
  let world; // asked when the map is first seen
  let base;
  let regions = L.layerGroup().addTo(map);
  let outline = L.layerGroup().addTo(map);
  let rows = new Map();
  let answer; // undefined before the first one, null for a question that is not understood
  let pending = false; // an answer that nobody could see yet
  let shown; // what the map was fitted to
  let asked = new AbortController();

  const area = areaButton(words, () => choose({ bbox: boxText(edges(map)) }));
  area.addTo(map);
  map.on("moveend", () => {
    if (!shown) return; // the map is being fitted, or shows nothing
    drawPins();
    area.offer(!sameView(shown.view, viewOf(map)));
  });
  new ResizeObserver(() => {
    if (!element.offsetWidth) return;
    map.invalidateSize({ pan: false });
    if (pending) show(answer);
  }).observe(element);

  // `next` has the figures of each region, the address of the shapes, and what the map must show.
  async function show(next) {
    answer = next;
    pending = !element.offsetWidth;
    if (pending) return;
    try {
      world ??= json(words.world);
      base ??= shapes(await world, { style: () => "base" }).addTo(map).bringToBack();
      if (!answer) return clear();
      await drawRegions();
      fit();
      await drawPins();
    } catch (problem) {
      if (problem.name !== "AbortError") fail(problem);
    }
  }

  function clear() {
    // A filter with an error: show nothing.
    for (const layer of [regions, outline]) map.removeLayer(layer);
    for (const layer of [pins, names]) layer.clearLayers();
    byRef.clear();
    shown = undefined;
  }

  async function drawRegions() {
    rows = new Map(answer.regions.map((row) => [row.code, row]));
    const collection = await (answer.boundaries === words.world ? world : json(answer.boundaries));
    const inside = ({ properties }) => answer.focus === answer.parent || answer.focus === properties.code;
    for (const layer of [regions, outline]) map.removeLayer(layer);
    // A broad line below the shapes: what is left of it around them all is the outline of the region looked at.
    outline = answer.focus
      ? shapes(collection, { style: () => "outline", only: inside }).addTo(map)
      : L.layerGroup().addTo(map);
    regions = shapes(collection, {
      style: (feature) => (inside(feature) ? faceOf(feature) : "beside"),
      label: (feature) => sentence(feature.properties.name, rows.get(feature.properties.code)),
      click: (feature) => choose({ region: feature.properties.code }),
    }).addTo(map);
    // The coarser shape of a country would show around its parts.
    base.eachLayer((shape) => {
      shape.getElement()?.classList.toggle("covered", shape.feature.properties.code === answer.parent);
    });
    paint();
  }

  function metric() {
    const asked = new URLSearchParams(location.search).get("metric");
    return asked in SCALES ? asked : "cases";
  }

  function faceOf({ properties }) {
    const { figure, breaks } = SCALES[metric()];
    const row = rows.get(properties.code);
    if (!row) return "q0";
    const value = figure(row);
    return value === null ? "unsaid" : `q${stepFor(value, breaks)}`;
  }

  // Colours and legend for the metric of the address.
  function paint() {
    const scale = SCALES[metric()];
    for (const button of card.querySelectorAll("[data-metrics] button")) {
      button.setAttribute("aria-pressed", String(button.value === metric()));
    }
    if (!answer) return;
    regions.eachLayer((shape) => {
      const path = shape.getElement();
      if (!path || path.classList.contains("beside")) return;
      path.classList.remove("q0", "q1", "q2", "q3", "q4", "q5", "unsaid");
      path.classList.add(faceOf(shape.feature));
    });
    const figures = [...rows.values()].map(scale.figure);
    const steps = legendOf(scale, Math.max(0, ...figures.filter((value) => value !== null)), written);
    const items = [["q0", words.labelNone], ...steps.map((text, at) => [`q${at + 1}`, text])];
    if (figures.includes(null)) items.push(["unsaid", words.labelNoFigure]);
    const legend = card.querySelector("[data-legend]");
    const name = card.querySelector('[data-metrics] [aria-pressed="true"]').textContent;
    legend.querySelector("span").textContent = answer.level ? `${name} · ${answer.level}` : name;
    legend.querySelector("ol").replaceChildren(
      ...items.map(([className, textContent]) => Object.assign(document.createElement("li"), { className, textContent })),
    );
  }

  function fit() {
    const box = new URLSearchParams(location.search).get("bbox");
    const key = box ?? answer.focus ?? String(answer.extent);
    // What somebody moved the map to stays, until the question is about another place.
    if (shown?.key === key) return;
    const moves = !(box && shown);
    shown = undefined; // the map moves now: circles are drawn once, afterwards
    if (moves) {
      const bounds = whatToShow(box);
      if (bounds?.isValid()) map.fitBounds(bounds, { animate: false, maxZoom: 9, ...ROOM });
      else map.setView([25, 60], 2, { animate: false });
    }
    shown = { key, view: viewOf(map) };
    area.offer(false);
  }

  function whatToShow(box) {
    if (box) return boundsOf(box.split(",").map(Number));
    const own = answer.focus && regions.getLayers().find((shape) => shape.feature.properties.code === answer.focus);
    const bounds = own ? own.getBounds() : answer.focus && regions.getBounds();
    // A country with islands on both sides of the date line would be drawn as the world.
    const across = bounds && bounds.isValid() && bounds.getEast() - bounds.getWest() > 180;
    return bounds && !across ? bounds : answer.extent && boundsOf(answer.extent);
  }

  async function drawPins() {
    asked.abort();
    asked = new AbortController();
    const question = new URLSearchParams(location.search);
    if (!question.get("bbox")) question.set("bbox", boxText(edges(map)));
    question.set("zoom", Math.max(0, map.getZoom() - (PHONE.matches ? CIRCLES_APART : 0)).toFixed(2));
    for (const name of ["show", "metric", "columns", "page"]) question.delete(name);
    let found;
    try {
      found = (await json(`${words.cases}?${question}`, asked.signal)).features;
    } catch (problem) {
      if (problem.name === "AbortError") return;
      found = [];
    }
    const held = document.activeElement?.closest?.(".pin-target") && pins.getLayers().find(isFocused);
    pins.clearLayers();
    byRef.clear();
    for (const feature of found) pins.addLayer(marker(feature));
    if (held) nearest(held.getLatLng())?.getElement()?.focus({ preventScroll: true });
    writeNames(found);
  }

  function isFocused(found) {
    return found.getElement() === document.activeElement;
  }

  function nearest(place) {
    const away = (found) => map.distance(found.getLatLng(), place);
    return pins.getLayers().sort((one, other) => away(one) - away(other))[0];
  }

  function marker({ geometry, properties }) {
    const [longitude, latitude] = geometry.coordinates;
    const { count, coarse } = properties;
    const title = count === 1 ? properties.title : `${written(count)} ${words.labelCases}`;
    const vague = coarse === count;
    const found = pin([latitude, longitude], { count, coarse: vague, title: vague ? `${title} · ${words.labelCoarse}` : title });
    if (count === 1) {
      byRef.set(properties.ref, found);
      found.bindPopup(() => popup(properties), { minWidth: 200, maxWidth: 260 });
      found.on("mouseover mouseout", ({ type }) => light(properties.ref, type === "mouseover"));
      found.on("popupopen", ({ popup: opened }) => isFocused(found) && opened.getElement().querySelector("a").focus());
    } else {
      found.on("click keypress", ({ type, originalEvent }) => {
        if (type === "click" || originalEvent.key === "Enter") open(properties.bbox);
      });
    }
    return found;
  }

  function open([west, south, east, north]) {
    // Cases at the same point: zooming cannot separate them, so list them.
    const onOneSpot = east - west < 1e-4 && north - south < 1e-4;
    const margin = 1e-4;
    if (onOneSpot || map.getZoom() >= 12) {
      choose({ bbox: boxText({ west: west - margin, south: south - margin, east: east + margin, north: north + margin }), show: "" });
    } else {
      map.fitBounds([[south, west], [north, east]], { ...ROOM, maxZoom: map.getZoom() + 4 });
    }
  }

  function popup(properties) {
    const box = document.createElement("div");
    const link = Object.assign(document.createElement("a"), {
      href: `${words.case}${properties.ref}/`, textContent: properties.title, dir: "auto",
    });
    const line = (text) => Object.assign(document.createElement("p"), { textContent: text });
    box.append(link, line([day(properties), properties.region].join(" · ")), line(rigText(properties.rigs)));
    if (properties.coarse) box.append(line(words.labelCoarse));
    return box;
  }

  function day({ occurred_on: when, date_precision: precision }) {
    const parts = { year: { year: "numeric" }, month: { year: "numeric", month: "short" } };
    const form = parts[precision] ?? { year: "numeric", month: "short", day: "numeric" };
    return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, form).format(new Date(`${when}T00:00`));
  }

  function sentence(name, row) {
    if (!row) return `${name}: ${words.labelNone}`;
    const cases = row.cases === 1 ? words.labelCase : words.labelCases;
    return `${name}: ${written(row.cases)} ${cases}, ${rigText(row.rigs)}`;
  }

  function rigText(count) {
    return count === null ? words.labelUnsaid : `${written(count)} ${words.labelRigs}`;
  }

  // The names of the regions, where there is room beside the circles: of the level looked at, then of the neighbours.
  function writeNames(found) {
    names.clearLayers();
    const size = map.getSize();
    const taken = found.map(({ geometry: { coordinates: [longitude, latitude] }, properties: { count } }) => {
      return around(map.latLngToContainerPoint([latitude, longitude]), pinSize(count) + 4, pinSize(count) + 4);
    });
    for (const place of placesOf(regions, false).concat(placesOf(base, true)).slice(0, 400)) {
      const at = map.latLngToContainerPoint(place.at);
      const width = widthOf(place.name) + 6;
      if (place.width < width * 0.7 || place.height < 14) continue;
      const spot = [0, 20, -20].map((down) => ({ down, box: around(at.add([0, down]), width, 16) })).find(({ down, box }) => (
        box.left > 0 && box.right < size.x && box.top > 0 && box.bottom < size.y &&
        Math.abs(down) < place.height / 2 && !taken.some((other) => touching(box, other))
      ));
      if (!spot) continue;
      taken.push(spot.box);
      const label = document.createElement("span");
      label.textContent = place.name;
      const icon = L.divIcon({ className: `region-name${place.beside ? " beside" : ""}`, html: label, iconSize: null });
      names.addLayer(L.marker(map.containerPointToLatLng(at.add([0, spot.down])), { icon, pane: "names", interactive: false, keyboard: false }));
      if (names.getLayers().length >= MOST_NAMES) break;
    }
  }

  function placesOf(layer, beside) {
    const drawn = new Set(beside ? [answer.parent, ...regions.getLayers().map(({ feature }) => feature.properties.code)] : []);
    return layer.getLayers().filter(({ feature }) => feature.properties.at && !drawn.has(feature.properties.code)).map((shape) => {
      const { code, name, at: [longitude, latitude] } = shape.feature.properties;
      const [low, high] = [shape.getBounds().getSouthWest(), shape.getBounds().getNorthEast()].map((corner) => map.latLngToContainerPoint(corner));
      const pale = beside || shape.getElement()?.classList.contains("beside");
      return { name, at: [latitude, longitude], beside: pale, width: high.x - low.x, height: low.y - high.y, cases: rows.get(code)?.cases ?? 0 };
    }).sort((one, other) => other.cases - one.cases || other.width * other.height - one.width * one.height);
  }

  function light(ref, on) {
    document.querySelector(`tr[data-ref="${CSS.escape(ref)}"]`)?.classList.toggle("lit", on);
  }

  function lightPin(ref, on) {
    byRef.get(ref)?.getElement()?.firstElementChild?.classList.toggle("lit", on);
  }

  function fail(problem) {
    console.warn(problem);
    const note = L.control({ position: "topright" });
    note.onAdd = () => Object.assign(document.createElement("p"), { className: "map-note", textContent: words.labelFailed });
    note.addTo(map);
  }

  // Leaflet moves the map by arrows where the map itself has the focus, and not one of its circles.
  element.addEventListener("keydown", (event) => {
    if (event.target === element) return;
    if (STEPS[event.key] && event.target.closest(".pin-target")) {
      event.preventDefault();
      map.panBy(STEPS[event.key], { animate: false });
    }
    if (event.key === "Escape" && event.target.closest(".leaflet-popup")) {
      const from = [...byRef.values()].find((found) => found.isPopupOpen());
      map.closePopup();
      from?.getElement()?.focus();
    }
  });

  paint();
  return { show, paint, lightPin };
}

function edges(map) {
  const bounds = map.getBounds();
  return { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
}

function boundsOf([west, south, east, north]) {
  return L.latLngBounds([[south, west], [north, east < west ? east + 360 : east]]);
}

function viewOf(map) {
  return { zoom: map.getZoom(), centre: map.getCenter() };
}

function sameView(one, other) {
  return one.zoom === other.zoom && one.centre.equals(other.centre, 1e-6);
}

function around(point, width, height) {
  return { left: point.x - width / 2, right: point.x + width / 2, top: point.y - height / 2, bottom: point.y + height / 2 };
}

const canvas = document.createElement("canvas").getContext("2d");

function widthOf(text) {
  canvas.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  return canvas.measureText(text).width;
}

function areaButton(words, search) {
  const button = Object.assign(document.createElement("button"), { type: "button", hidden: true, textContent: words.labelArea });
  const control = L.control({ position: "topright" });
  control.onAdd = () => {
    L.DomEvent.disableClickPropagation(button);
    button.addEventListener("click", search);
    return button;
  };
  control.offer = (on) => (button.hidden = !on);
  return control;
}

// The map of the report form: a tap writes the coordinates of the place. All that it loads are scripts of our own below
// /tips/. Load leaflet.js before it.
/* global L */

import { createMap, shapes } from "./map.js";

const DECIMALS = 4; // about ten metres: as exact as a finger
const CLOSER = 5; // the zoom from which the parts of a country are drawn

export async function tipMap(box, field) {
  const words = box.dataset;
  // Before our own stylesheet, which has the last word.
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: words.style });
  document.head.querySelector('link[rel="stylesheet"]').before(style);
  const world = (await import(words.shapes)).default;
  const plot = Object.assign(document.createElement("div"), { className: "map" });
  plot.setAttribute("role", "application");
  plot.setAttribute("aria-label", words.label);
  const label = Object.assign(document.createElement("p"), { className: "small soft", textContent: words.label });
  plot.dataset.labelZoomIn = words.labelZoomIn;
  plot.dataset.labelZoomOut = words.labelZoomOut;
  box.append(label, plot);

  const map = createMap(plot);
  const countries = shapes(world, { style: () => "base" }).addTo(map);
  const marker = L.marker([0, 0], { draggable: true, keyboard: false, icon: L.divIcon({ className: "place-mark", iconSize: [20, 20] }) });
  const parted = new Set();

  function written() {
    const [north, east] = field.value.split(/[,、，]/).map(Number);
    return field.value.trim() && Math.abs(north) <= 90 && Math.abs(east) <= 180 ? L.latLng(north, east) : null;
  }

  function show() {
    const point = written();
    if (point) marker.setLatLng(point).addTo(map);
    else marker.remove();
    return point;
  }

  function write(point) {
    const { lat, lng } = point.wrap();
    field.value = [lat, lng].map((degrees) => Number(degrees.toFixed(DECIMALS))).join(", ");
    show();
  }

  // Of a country that is looked at closely its provinces are drawn too: the one in the middle of the map.
  async function drawParts() {
    if (map.getZoom() < CLOSER) return;
    const middle = map.getCenter();
    const country = countries.getLayers().find((shape) => holds(shape.feature.geometry, middle))?.feature.properties.code;
    if (!country || parted.has(country)) return;
    parted.add(country);
    const parts = (await import(words.shapes.replace(/\.js$/, `/${country}.js`))).default;
    shapes(parts, { style: () => "base" }).addTo(map);
  }

  map.on("click", ({ latlng }) => {
    write(latlng);
    if (map.getZoom() < CLOSER) map.setView(latlng, CLOSER, { animate: false });
  });
  map.on("moveend", drawParts);
  marker.on("dragend", () => write(marker.getLatLng()));
  field.addEventListener("input", show);
  const point = show();
  if (point) map.setView(point, 8);
}

function holds({ type, coordinates }, { lat, lng }) {
  const polygons = type === "Polygon" ? [coordinates] : coordinates;
  return polygons.some(([outer]) => inside(outer, lng, lat));
}

function inside(ring, x, y) {
  let odd = false;
  for (let at = 0, before = ring.length - 1; at < ring.length; before = at, at += 1) {
    const [[x1, y1], [x2, y2]] = [ring[at], ring[before]];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) odd = !odd;
  }
  return odd;
}

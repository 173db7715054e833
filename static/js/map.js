// Shared by all maps: a Leaflet map on our own boundaries, and pins. Load leaflet.js before it.
/* global L */

import { pinSize } from "./scale.js";

export async function json(address, signal) {
  const response = await fetch(address, { headers: { Accept: "application/json" }, signal });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.json();
}

export function createMap(element, { minZoom = 1 } = {}) {
  const map = L.map(element, { zoomControl: false, minZoom, maxZoom: 18, zoomSnap: 0.25, zoomDelta: 1, worldCopyJump: true, attributionControl: true });
  map.attributionControl.setPrefix(false);
  const { labelZoomIn = "+", labelZoomOut = "−", tiles } = element.dataset;
  L.control.zoom({ zoomInTitle: labelZoomIn, zoomOutTitle: labelZoomOut }).addTo(map);
  if (tiles) L.tileLayer(tiles).addTo(map);
  map.setView([25, 60], 2);
  return map;
}

export function shapes(collection, { style = () => "", label = (feature) => feature.properties.name, click, only } = {}) {
  // `style` returns the CSS classes of a feature; the stylesheet has the colours. `only` may leave features out.
  return L.geoJSON(collection, {
    filter: only,
    interactive: Boolean(click),
    style: (feature) => ({ className: `region-shape ${style(feature)}`, weight: 1 }),
    onEachFeature(feature, layer) {
      if (!click) return;
      const text = document.createElement("span");
      text.textContent = label(feature);
      layer.bindTooltip(text, { sticky: true });
      layer.on("click", () => click(feature));
    },
  });
}

export function pin(latlng, { count, coarse = false, title }) {
  const size = pinSize(count);
  const icon = L.divIcon({ className: "pin-target", html: face(String(count), size, coarse), iconSize: [size, size] });
  return L.marker(latlng, { icon, alt: title, title, riseOnHover: true });
}

function face(text, size, coarse) {
  const element = document.createElement("div");
  element.className = coarse ? "pin coarse" : "pin";
  element.style.width = element.style.height = `${size}px`;
  element.textContent = text;
  return element;
}

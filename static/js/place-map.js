// The place of a case: a pin on our own boundaries, dashed if the point means a whole province.
/* global L */

import { createMap, json, pin, shapes } from "./map.js";

const ZOOM = { site: 11, locality: 9, admin2: 7, admin1: 5 };

for (const element of document.querySelectorAll("[data-place-map]")) draw(element);

async function draw(element) {
  const { latitude, longitude, precision, title, world, around } = element.dataset;
  const point = [Number(latitude), Number(longitude)];
  const map = createMap(element);
  map.setView(point, ZOOM[precision] ?? 6);
  pin(point, { count: 1, coarse: precision === "admin1", title }).addTo(map);
  if (precision !== "site") L.circleMarker(point, { radius: 22, className: "region-shape halo", interactive: false }).addTo(map);
  for (const address of [world, around].filter(Boolean)) {
    shapes(await json(address), { style: () => "base" }).addTo(map).bringToBack();
  }
}

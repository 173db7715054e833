// The small map on the page of a region: its parts, each a link, and its cases.

import { createMap, json, pin, shapes } from "./map.js";

for (const element of document.querySelectorAll("[data-region-map]")) draw(element);

async function draw(element) {
  const { boundaries, cases, regionLink } = element.dataset;
  const map = createMap(element, { minZoom: 0 });
  const [parts, found] = await Promise.all([json(boundaries), json(cases)]);
  const layer = shapes(parts, { click: ({ properties }) => location.assign(`${regionLink}${properties.code}/`) }).addTo(map);
  const markers = found.features.map(({ geometry, properties }) => {
    const [longitude, latitude] = geometry.coordinates;
    return pin([latitude, longitude], { count: properties.count, title: properties.title ?? String(properties.count) }).addTo(map);
  });
  const bounds = layer.getBounds();
  for (const marker of markers) bounds.extend(marker.getLatLng());
  if (bounds.isValid()) map.fitBounds(bounds, { animate: false, padding: [8, 8], maxZoom: 9 });
}

// A map that shows the point of a form and sets it by click or drag. The value is in the two inputs of the form.

const DECIMALS = 5; // about a metre

for (const box of document.querySelectorAll("[data-point-map]")) {
  draw(box);
}

function draw(box) {
  const fields = box.closest("form").elements;
  const latitude = fields.namedItem(box.dataset.latitude);
  const longitude = fields.namedItem(box.dataset.longitude);
  if (!latitude || !longitude || !window.L) return;

  const plot = document.createElement("div");
  const label = document.createElement("p");
  label.textContent = box.dataset.label;
  Object.assign(label.style, { margin: "4px 0 0", padding: "0" });
  plot.setAttribute("role", "application");
  plot.setAttribute("aria-label", box.dataset.label);
  // Set here: the administration does not load our stylesheet, and style attributes are forbidden.
  Object.assign(plot.style, { height: "360px", width: "100%", maxWidth: "900px", zIndex: "0", background: "transparent" });
  Object.assign(plot.style, { border: "1px solid currentcolor" });
  box.append(plot, label);
  box.hidden = false;

  const map = L.map(plot, { attributionControl: false, maxZoom: 18, worldCopyJump: true });
  const marker = L.marker([0, 0], {
    draggable: true,
    keyboard: false,
    icon: L.divIcon({ iconSize: [18, 18] }),
  });
  marker.on("add", () => {
    Object.assign(marker.getElement().style, {
      background: "#c2410c", border: "2px solid #fff", borderRadius: "50%", boxShadow: "0 0 0 1px #000",
    });
  });

  function written() {
    // The point of the inputs, or null. Number("") is 0, so empty inputs are tested first.
    if (!latitude.value.trim() || !longitude.value.trim()) return null;
    const [north, east] = [Number(latitude.value), Number(longitude.value)];
    return Math.abs(north) <= 90 && Math.abs(east) <= 180 ? L.latLng(north, east) : null;
  }

  function show() {
    const point = written();
    if (!point) marker.remove();
    else marker.setLatLng(point).addTo(map);
    return point;
  }

  function write(place) {
    const point = place.wrap();
    latitude.value = String(Number(Math.max(-90, Math.min(90, point.lat)).toFixed(DECIMALS)));
    longitude.value = String(Number(point.lng.toFixed(DECIMALS)));
    latitude.dispatchEvent(new Event("change", { bubbles: true }));
    longitude.dispatchEvent(new Event("change", { bubbles: true }));
  }

  for (const input of [latitude, longitude]) {
    input.addEventListener("input", () => {
      const point = show();
      if (point && !map.getBounds().contains(point)) map.panTo(point);
    });
    input.addEventListener("change", show);
  }
  map.on("click", (event) => write(event.latlng));
  marker.on("dragend", () => write(marker.getLatLng()));

  let outlined = null;

  async function open({ code, shapes, start }) {
    // The outline of a region, and the map on it, unless the point is set.
    const shape = code && (await outline(code, shapes));
    outlined?.remove();
    outlined = shape?.addTo(map);
    if (written()) return;
    if (outlined) map.fitBounds(outlined.getBounds(), { padding: [14, 14] });
    else if (start) map.setView(start.split(" ").map(Number), 6);
  }
  box.addEventListener("region", ({ detail }) => open(detail));

  const point = written();
  if (point) map.setView(point, 8);
  else map.setView([25, 20], 1);
  show();
  open(box.dataset);

  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles).addTo(map);
  for (const address of box.dataset.boundaries.split(" ")) addShapes(map, address);
}

async function outline(code, shapes) {
  const response = await fetch(shapes).catch(() => null);
  if (!response?.ok) return null;
  const own = (await response.json()).features.filter((feature) => feature.properties.code === code);
  return own.length ? L.geoJSON(own, { interactive: false, style: { color: "#0f7c93", weight: 2.5, fillOpacity: 0.1 } }) : null;
}

async function addShapes(map, address) {
  // The map sets the point also without the shapes, so an error is only logged.
  try {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${address}: ${response.status}`);
    const style = { color: "#7d868b", weight: 1, fillOpacity: 0.08 };
    L.geoJSON(await response.json(), { interactive: false, style }).addTo(map);
  } catch (problem) {
    console.warn(problem);
  }
}

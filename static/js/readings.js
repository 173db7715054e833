// The chart of an indicator. Its values come from the table on the page.
/* global Chart */

import { yearOf } from "./scale.js";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;

for (const canvas of document.querySelectorAll("canvas[data-readings]")) draw(canvas);

function draw(canvas) {
  const table = document.getElementById(canvas.dataset.readings);
  const rows = [...table.querySelectorAll("tr[data-when]")].map(({ dataset }) => dataset);
  const points = rows.map(({ when, value }) => ({ x: yearOf(when), y: Number(value), when })).sort((a, b) => a.x - b.x);
  const { unit } = table.dataset;
  const axis = { grid: { color: colour("--line") }, border: { display: false } };
  const ticks = { color: colour("--soft"), font: { size: 11 } };
  new Chart(canvas, {
    type: "line",
    data: { datasets: [{ data: points, borderColor: colour("--action"), backgroundColor: colour("--action"), borderWidth: 1.5, pointRadius: 3 }] },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      locale: document.documentElement.lang,
      scales: {
        x: { ...axis, type: "linear", ticks: { ...ticks, stepSize: 1, callback: (year) => (Number.isInteger(year) ? String(year) : "") } },
        y: { ...axis, beginAtZero: true, ticks: { ...ticks, maxTicksLimit: 5, callback: (value) => `${value} ${unit}` } },
      },
      plugins: {
        legend: { display: false },
        tooltip: { callbacks: { title: ([{ raw }]) => raw.when, label: ({ raw }) => `${raw.y} ${unit}` } },
      },
    },
  });
}

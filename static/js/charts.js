// The charts of the case list: cases by month, region and kind. A click on a bar filters by it.
/* global Chart */

import { lastMonths, monthRange } from "./scale.js";

const MOST_BARS = 8;

export function charts({ choose, toggle }) {
  const words = document.querySelector("[data-charts]").dataset;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const drawn = new Map();
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function show(answer) {
    sayUndated(answer?.undated ?? "");
    for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
      drawn.get(canvas)?.destroy();
      drawn.delete(canvas);
      const name = canvas.dataset.chart;
      const settings = answer && (name === "trend" ? trend(answer.trend) : bars(name, answer));
      const nothing = !settings || settings.data.labels.length === 0;
      canvas.parentElement.classList.toggle("nothing", nothing);
      if (nothing) {
        canvas.parentElement.style.height = "";
        continue;
      }
      canvas.parentElement.style.height = settings.height;
      drawn.set(canvas, new Chart(canvas, settings));
      if (name === "trend") brush(canvas, drawn.get(canvas));
    }
  }

  // What a chart by month cannot show is said below it.
  function sayUndated(text) {
    const note = document.querySelector("[data-undated]");
    note.textContent = text;
    note.hidden = !text;
  }

  function trend(months) {
    const filled = lastMonths(months);
    const data = {
      labels: filled.map((row) => row.month.slice(0, 7)),
      datasets: [
        { label: words.labelCases, data: filled.map((row) => row.cases), backgroundColor: colour("--action"), yAxisID: "y" },
        { label: words.labelRigs, data: filled.map((row) => row.rigs), type: "line", borderColor: colour("--mark"),
          backgroundColor: colour("--mark"), showLine: false, pointRadius: 2.5, yAxisID: "rigs" },
      ],
    };
    const options = common();
    options.scales = {
      x: { ...axis(), ticks: { ...axis().ticks, maxRotation: 0, autoSkipPadding: 16 } },
      y: { ...axis(), beginAtZero: true, ticks: { ...axis().ticks, precision: 0, maxTicksLimit: 4 } },
      rigs: { ...axis(), position: "right", beginAtZero: true, grid: { display: false }, ticks: { ...axis().ticks, maxTicksLimit: 4 } },
    };
    options.plugins.legend = { display: true, labels: { color: colour("--soft"), boxWidth: 10, font: { size: 11 } } };
    options.interaction = { mode: "index", intersect: false };
    return { type: "bar", data, options, height: "180px" };
  }

  function bars(name, answer) {
    const region = name === "region";
    const rows = (region ? answer.region.filter((row) => row.rigs).sort((a, b) => b.rigs - a.rigs) : answer.facets[name]).slice(0, MOST_BARS);
    const data = {
      labels: rows.map((row) => row.name),
      datasets: [{
        label: region ? words.labelRigs : words.labelCases,
        data: rows.map((row) => (region ? row.rigs : row.count)),
        backgroundColor: rows.map((row) => colour(row.chosen ? "--mark" : region ? "--q3" : "--action")),
        maxBarThickness: 12,
      }],
    };
    const options = common();
    options.indexAxis = "y";
    options.scales = {
      x: { ...axis(), beginAtZero: true, ticks: { ...axis().ticks, precision: 0, maxTicksLimit: 5 } },
      y: { ...axis(), grid: { display: false }, ticks: { ...axis().ticks, color: colour("--ink"), autoSkip: false } },
    };
    // The whole row of a bar can be clicked, not only the bar.
    options.interaction = { mode: "index", axis: "y", intersect: false };
    options.onClick = (_event, [hit]) => {
      if (!hit) return;
      const row = rows[hit.index];
      if (region) choose({ region: row.code });
      else toggle(name, row.code);
    };
    return { type: "bar", data, options, height: `${Math.max(1, rows.length) * 22 + 34}px` };
  }

  function brush(canvas, chart) {
    // Drag from a month to another: filter by the range between them.
    const monthAt = (event) => {
      const index = chart.scales.x.getValueForPixel(event.offsetX);
      return chart.data.labels[Math.max(0, Math.min(index, chart.data.labels.length - 1))];
    };
    let pressed = null;
    canvas.onpointerdown = (event) => (pressed = monthAt(event));
    canvas.onpointerup = (event) => {
      if (!pressed) return;
      const [first, last] = monthRange(pressed, monthAt(event));
      pressed = null;
      choose({ occurred_after: first, occurred_before: last });
    };
  }

  function common() {
    return {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      locale: document.documentElement.lang,
      plugins: { legend: { display: false } },
      onHover: (event, hits) => (event.native.target.style.cursor = hits.length ? "pointer" : "default"),
    };
  }

  function axis() {
    return { grid: { color: colour("--line") }, border: { display: false }, ticks: { color: colour("--soft"), font: { size: 11 } } };
  }

  return { show };
}

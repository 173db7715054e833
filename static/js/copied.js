// The list of cases in the copy of `publish_copy`: filters, map, charts and search over the data that the copy carries.
// A classic script that asks for nothing, so that it also works in a page that is opened from a folder.
// data.js, loaded before it, sets `copiedRecord` (enforcement/copying/explorer.py).

(() => {
  const { words, facets, showing, regions, policies, language, fields, cases: rows } = window.copiedRecord;
  const RANGES = { occurred_after: day, occurred_before: day, rigs_min: number, rigs_max: number, kw_min: number, kw_max: number };
  const BREAKS = { cases: [1, 2, 4, 10, 40], rigs: [1, 100, 500, 2000, 8000], mw: [0, 0.3, 1, 5, 20] }; // as on the site
  const PAGE = 50;
  const MOST_BARS = 8;

  const isChinese = language.startsWith("zh");
  const root = document.querySelector("[data-copied]");
  const form = root.querySelector("#question");
  const panel = root.querySelector("#filters");
  const results = root.querySelector("#results");
  const part = (name) => root.querySelector(`[data-${name}]`);

  const cases = rows.map((row) => {
    const found = Object.fromEntries(fields.map((name, at) => [name, row[at]]));
    found.up = [];
    for (let code = found.region; code; code = regions[code][1]) found.up.push(code);
    found.text = folded(found.text);
    return found;
  });

  let question = new URLSearchParams(location.search);
  let shownRows = PAGE;

  // Texts and numbers

  function folded(text) {
    const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/['’ʼ]/g, "");
    return ` ${plain.replace(/[^\p{L}\p{N}]+/gu, " ")} `;
  }

  function figure(value) {
    const whole = Number.isInteger(value);
    const places = whole ? 0 : Math.max(0, 3 - Math.max(1, Math.floor(Math.log10(Math.abs(value) || 1)) + 1));
    return new Intl.NumberFormat(language, { useGrouping: isChinese ? "min2" : true, maximumFractionDigits: places }).format(value);
  }

  function power(kw) {
    const [size, unit] = words.power.findLast(([from]) => kw >= from) ?? words.power[0];
    return `${figure(kw / size)}${isChinese ? "" : " "}${unit}`;
  }

  function filled(text, values) {
    return text.replace(/%\((\w+)\)s/g, (_all, name) => values[name]);
  }

  function counted(count) {
    return filled(words.cases[count === 1 ? 0 : 1], { count: figure(count) });
  }

  // A day as it is typed: 2021, 2021-09, 2021年9月, 2021-09-25. [its first day, its last day], or nothing.
  function day(text) {
    const found = text.trim().match(/^(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?)?[年月日]?$/);
    if (!found) return undefined;
    const [year, month, date] = found.slice(1).map((digits) => digits && Number(digits));
    const first = new Date(Date.UTC(year, (month ?? 1) - 1, date ?? 1));
    const last = date ? first : new Date(Date.UTC(year, month ?? 12, 0));
    const isReal = first.getUTCMonth() + 1 === (month ?? 1) && first.getUTCDate() === (date ?? 1);
    return isReal ? [first, last].map((moment) => moment.toISOString().slice(0, 10)) : undefined;
  }

  function number(text) {
    const digits = text.normalize("NFKC").replace(/(?<=\d)[,\s](?=\d{3})/g, "").trim();
    return /^\d+(\.\d+)?$/.test(digits) ? Number(digits) : undefined;
  }

  // The question: what of the record it selects

  // {parameter: whether a case is meant by it}, and a sentence where the question is not understood.
  function conditions(asked) {
    const found = {};
    for (const name of new Set(asked.keys())) {
      if (showing.includes(name)) continue;
      const values = asked.getAll(name).filter((value) => value.trim());
      if (!values.length) continue;
      const wrong = values.find((value) => (facets[name] && !(value in facets[name])) || RANGES[name]?.(value) === undefined && name in RANGES);
      if (wrong !== undefined) return { problem: filled(words.unread, { value: wrong, name: words.labels[name] }) };
      const one = condition(name, values);
      if (!one) return { problem: filled(words.unknown, { name }) };
      found[name] = one;
    }
    return { found };
  }

  function condition(name, values) {
    if (facets[name]) return (row) => values.includes(row[name]);
    if (name === "region") return (row) => row.up.some((code) => values.includes(code));
    if (name === "policy") return (row) => row.policies.some((ref) => values.includes(ref));
    if (name === "q") {
      // A word matches from its beginning; Chinese, which has no blanks, anywhere.
      const wanted = folded(values.join(" ")).trim().split(" ").map((word) => (/\p{Script=Han}/u.test(word) ? word : ` ${word}`));
      return (row) => wanted.every((word) => row.text.includes(word));
    }
    const value = values.at(-1);
    return {
      occurred_after: (row) => row.until >= day(value)[0],
      occurred_before: (row) => row.from <= day(value)[1],
      rigs_min: (row) => row.rigs !== null && row.rigs >= number(value),
      rigs_max: (row) => row.rigs !== null && row.rigs <= number(value),
      kw_min: (row) => row.kw !== null && row.kw >= number(value),
      kw_max: (row) => row.kw !== null && row.kw <= number(value),
    }[name];
  }

  function selected(found, without) {
    const tests = Object.entries(found).filter(([name]) => name !== without).map(([, test]) => test);
    return cases.filter((row) => tests.every((test) => test(row)));
  }

  // {code: {cases, rigs, kw}} of `chosen`; `codeOf` says where a case counts. As on the site, no case counts twice in a sum.
  function sums(chosen, codeOf) {
    const found = new Map();
    for (const row of chosen) {
      const code = codeOf(row);
      if (code === undefined) continue;
      const sum = found.get(code) ?? { cases: 0, rigs: 0, rigsCases: 0, kw: 0, kwCases: 0, arrests: 0, arrestsCases: 0 };
      sum.cases += 1;
      for (const [name, count] of [["rigs", "rigsCases"], ["kw", "kwCases"], ["arrests", "arrestsCases"]]) {
        if (!row.counted || row[name] === null) continue;
        sum[name] += row[name];
        sum[count] += 1;
      }
      found.set(code, sum);
    }
    return found;
  }

  function metric() {
    const asked = question.get("metric");
    return asked in BREAKS ? asked : "cases";
  }

  function amountOf(sum) {
    return { cases: sum.cases, rigs: sum.rigsCases ? sum.rigs : null, mw: sum.kwCases ? sum.kw / 1000 : null }[metric()];
  }

  function written(amount) {
    if (amount === null) return words.unsaid;
    return metric() === "mw" ? power(amount * 1000) : figure(amount);
  }

  // What is shown

  function make(tag, { data = {}, ...attributes } = {}, ...children) {
    const isDrawn = ["svg", "rect", "text", "line", "title"].includes(tag) || attributes.drawn;
    const element = isDrawn ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name !== "drawn" && value !== undefined && value !== null) element.setAttribute(name, value);
    }
    Object.assign(element.dataset, data);
    element.append(...children);
    return element;
  }

  // The address of the question with other values; null takes a parameter away.
  function address(changes, from = question) {
    const next = new URLSearchParams(from);
    for (const [name, value] of Object.entries(changes)) {
      next.delete(name);
      if (value !== null && value !== "") next.append(name, value);
    }
    return `?${next}`;
  }

  function show() {
    const { problem, found } = conditions(question);
    const chosen = problem ? [] : selected(found);
    const total = sums(chosen, () => "").get("");
    const sentence = counted(chosen.length);
    part("sentence").textContent = sentence;
    document.title = document.title.replace(/^[^·]*/, `${sentence} `);
    part("problem").hidden = !problem && chosen.length > 0;
    part("problem").textContent = problem ?? words.nothing;
    showTab();
    fillForm(found ?? {});
    chips();
    figures(total);
    list(chosen);
    map(chosen);
    charts(chosen, total);
    for (const button of root.querySelectorAll("[data-metrics] button")) {
      button.setAttribute("aria-pressed", String(button.value === metric()));
    }
    return sentence;
  }

  function showTab() {
    const tab = ["map", "charts"].includes(question.get("show")) ? question.get("show") : "list";
    results.dataset.show = tab;
    for (const link of root.querySelectorAll(".tabs a")) {
      if (link.dataset.show === tab) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  function fillForm(found) {
    for (const field of form.elements) {
      if (field.type === "checkbox") field.checked = question.getAll(field.name).includes(field.value);
      else if (field.name && field.name !== "region" && field !== document.activeElement) field.value = question.get(field.name) ?? "";
    }
    for (const name of new Set([...form.querySelectorAll("[data-count]")].map((place) => place.dataset.count.split("=")[0]))) {
      const counts = sums(selected(found, name), (row) => row[name]);
      for (const place of form.querySelectorAll(`[data-count^="${name}="]`)) {
        place.textContent = figure(counts.get(place.dataset.count.split("=")[1])?.cases ?? 0);
      }
    }
    const chosen = regionAsked();
    const listed = new Map();
    for (const row of selected(found, "region")) {
      row.up.forEach((code) => listed.set(code, (listed.get(code) ?? 0) + 1));
    }
    const upwards = [];
    for (let code = chosen; code; code = regions[code]?.[1]) upwards.unshift(code);
    const below = [...listed.keys()].filter((code) => (regions[code][1] ?? "") === (chosen ?? "") && !upwards.includes(code));
    below.sort((one, other) => listed.get(other) - listed.get(one) || regions[one][0].localeCompare(regions[other][0], language));
    const options = [...upwards, ...below].map((code) => make("option", { value: code }, `${regions[code]?.[0] ?? code} (${figure(listed.get(code) ?? 0)})`));
    form.elements.region.replaceChildren(make("option", { value: "" }, words.anywhere), ...options);
    form.elements.region.value = chosen ?? "";
  }

  // The region of the question, where there is just one that the record has.
  function regionAsked() {
    const asked = question.getAll("region").filter(Boolean);
    return asked.length === 1 && regions[asked[0]] ? asked[0] : undefined;
  }

  function chips() {
    const items = [];
    for (const [name, value] of question) {
      if (showing.includes(name) || !value) continue;
      const text = { region: regions[value]?.[0], policy: policies[value] }[name] ?? facets[name]?.[value] ?? value;
      const rest = new URLSearchParams();
      for (const [other, kept] of question) if (other !== name || kept !== value) rest.append(other, kept);
      const label = `${words.labels[name] ?? name}${words.colon}${isChinese ? "" : " "}${text}`;
      items.push(make("li", {}, make("a", { class: "chip", href: `?${rest}`, title: words.remove }, label, make("span", { "aria-hidden": "true" }, "✕"))));
    }
    if (items.length) items.push(make("li", {}, make("a", { href: "?" }, words.all)));
    part("chips").replaceChildren(...items);
  }

  function figures(total) {
    const cells = [];
    const cell = (name, value, stated) => stated && cells.push(make("div", {},
      make("dt", {}, words.figures[name]),
      make("dd", { class: "figure" }, value),
      make("dd", {}, restsOn(name, stated, total.cases))));
    if (total) {
      cell("rigs", figure(total.rigs), total.rigsCases);
      cell("mw", power(total.kw), total.kwCases);
      cell("arrests", figure(total.arrests), total.arrestsCases);
    }
    part("figures").replaceChildren(...cells);
    part("figures").hidden = !cells.length;
  }

  function restsOn(name, stated, all) {
    return name === "cases" ? counted(all) : filled(words.stated[name], { stated: figure(stated), cases: figure(all) });
  }

  function list(chosen) {
    part("rows").replaceChildren(...chosen.slice(0, shownRows).map(line));
    part("more").hidden = chosen.length <= shownRows;
  }

  function line(row) {
    const [name, parent] = regions[row.region];
    const cell = (className, label, value) => make("td", { class: className, "data-label": label }, value ?? make("span", { class: "unsaid" }, words.unsaid));
    return make("tr", { data: { ref: row.ref } },
      make("td", { class: "when" }, row.day),
      make("td", { class: "title" }, make("a", { href: `${encodeURIComponent(row.ref)}/index.html`, dir: "auto" }, row.title)),
      make("td", { class: "where" }, name, ...(parent ? [" ", make("small", { class: "soft" }, regions[parent][0])] : [])),
      cell("kind", words.columns.kind, make("span", { class: "badge" }, facets.kind[row.kind])),
      cell("lead", words.columns.lead_source, facets.lead_source[row.lead_source]),
      cell("rigs number", words.columns.rigs, row.rigs === null ? null : make("span", { class: "value", "data-unit": words.rigsUnit }, row.rigsText)),
      cell("kw number", words.columns.kw, row.kw === null ? null : make("span", { class: "value", "data-unit": words.power[0][1] }, figure(row.kw))));
  }

  function map(chosen) {
    const found = sums(chosen, (row) => row.up.at(-1));
    const breaks = BREAKS[metric()];
    const step = (value) => breaks.findLastIndex((edge) => value >= edge) + 1;
    let highest = 0;
    for (const shape of root.querySelectorAll("[data-code]")) {
      const sum = found.get(shape.dataset.code);
      const amount = sum ? amountOf(sum) : null;
      const face = amount ? `q${Math.max(1, step(amount))}` : "none";
      highest = Math.max(highest, amount ?? 0);
      shape.classList.remove("none", "q1", "q2", "q3", "q4", "q5");
      shape.classList.add(face);
      if (shape.tagName === "circle") shape.setAttribute("display", face === "none" ? "none" : "inline");
      const name = regions[shape.dataset.code]?.[0];
      shape.firstElementChild.textContent = name ? `${name}${words.colon}${isChinese ? "" : " "}${sum ? written(amount) : words.none}` : "";
    }
    const unit = metric() === "mw" ? " MW" : "";
    const items = breaks.slice(0, step(highest)).map((edge, at) => {
      const next = metric() === "mw" ? breaks[at + 1] : breaks[at + 1] - 1;
      const text = at === breaks.length - 1 ? `${figure(edge)}+` : next === edge ? figure(edge) : `${figure(edge)}–${figure(next)}`;
      return make("li", { class: `q${at + 1}` }, `${text}${unit}`);
    });
    part("legend").replaceChildren(make("li", {}, words.none), ...items);
    part("legend-head").textContent = words.metrics[metric()];
  }

  function charts(chosen, total) {
    const depth = regionAsked() ? upOf(regionAsked()).length : 0;
    const drawn = [
      ["trend", (row) => row.from.slice(0, 4), (year) => year, (year) => ({ occurred_after: `${year}-01-01`, occurred_before: `${year}-12-31` })],
      ["region", (row) => row.up.at(-1 - depth), (code) => regions[code][0], (code) => ({ region: code })],
      ...["kind", "lead_source", "site_type"].map((name) => [name, (row) => row[name], (code) => facets[name][code], (code) => ({ [name]: code })]),
    ];
    part("charts").replaceChildren(...drawn.map(([name, codeOf, nameOf, changes]) => {
      const bars = [...sums(chosen, codeOf)].map(([code, sum]) => ({ code, name: nameOf(code), amount: amountOf(sum), href: address(changes(code)) }));
      const body = name === "trend" ? upright(bars) : lying(bars, name);
      const stated = total ? { cases: total.cases, rigs: total.rigsCases, mw: total.kwCases }[metric()] : 0;
      return make("section", { class: "card plain chart", "aria-labelledby": `chart-${name}` },
        make("header", {}, make("h3", { id: `chart-${name}` }, `${words.metrics[metric()]} · ${words.charts[name]}`)),
        body,
        make("footer", {}, restsOn(metric(), stated, total?.cases ?? 0)));
    }));
  }

  function upOf(code) {
    const found = [];
    for (let at = code; at; at = regions[at][1]) found.push(at);
    return found;
  }

  // Bars that lie, the largest first and what is not stated last.
  function lying(bars, name) {
    const known = bars.filter((bar) => bar.amount !== null);
    known.sort((one, other) => (one.code === "unknown") - (other.code === "unknown") || other.amount - one.amount);
    const most = Math.max(0, ...known.map((bar) => bar.amount));
    const items = known.map((bar) => make("li", { class: bar.code === "unknown" ? "unstated" : null },
      make("a", { href: bar.href, "aria-current": question.getAll(name).includes(bar.code) ? "true" : null }, bar.name),
      make("svg", { class: "row", width: "100%", height: 12, "aria-hidden": "true" },
        make("rect", { class: "track", width: "100%", height: 12, rx: 2 }),
        make("rect", { class: "bar", width: `${most ? (100 * bar.amount) / most : 0}%`, height: 12, rx: 2 })),
      make("span", { class: "number" }, written(bar.amount))));
    const listOf = (some) => make("ul", { class: "lying plain" }, ...some);
    if (items.length <= MOST_BARS + 1) return make("div", { class: "inside" }, listOf(items));
    const more = make("details", {}, make("summary", {}, words.more), listOf(items.slice(MOST_BARS)));
    return make("div", { class: "inside" }, listOf(items.slice(0, MOST_BARS)), more);
  }

  // Bars over the years, from the first to the last.
  function upright(bars) {
    const years = bars.map((bar) => Number(bar.code));
    const first = Math.min(...years);
    const slots = years.length ? Math.max(...years) - first + 1 : 1;
    const most = Math.max(0, ...bars.map((bar) => bar.amount ?? 0));
    const room = 100 / slots;
    const drawn = bars.filter((bar) => bar.amount).map((bar) => {
      const left = (Number(bar.code) - first) * room;
      const height = Math.max(1, (150 * bar.amount) / most);
      const rank = slots > 6 && (Number(bar.code) - first + slots) % 2 === 0 ? "minor" : "";
      return make("a", { drawn: true, href: bar.href, "aria-label": `${bar.name}${words.colon} ${written(bar.amount)}` },
        make("rect", { class: "target", x: `${left}%`, y: 0, width: `${room}%`, height: 180 }),
        make("rect", { class: "bar", x: `${left + room * 0.07}%`, y: 176 - height, width: `${room * 0.86}%`, height }),
        make("text", { class: bar.amount === most ? "peak" : "axis minor", x: `${left + room / 2}%`, y: 171 - height, "text-anchor": "middle" }, written(bar.amount)),
        make("text", { class: `axis ${rank}`, x: `${left + room / 2}%`, y: 194, "text-anchor": "middle" }, bar.name));
    });
    const picture = make("svg", { class: "upright room-0", width: "100%", height: 200, role: "group", "aria-label": words.charts.trend },
      make("line", { class: "base", x1: "0", x2: "100%", y1: 176, y2: 176 }), ...drawn);
    return make("div", { class: "inside" }, picture);
  }

  // What people do

  let saying;
  function ask(next, { said = true } = {}) {
    question = new URLSearchParams(next);
    shownRows = PAGE;
    try {
      history.pushState(null, "", `?${question}`);
    } catch {
      // From a folder some browsers keep no address; the answer is the same.
    }
    const sentence = show();
    clearTimeout(saying);
    if (said) saying = setTimeout(() => (part("said").textContent = sentence), 800);
  }

  function askForm() {
    const next = new URLSearchParams();
    const own = new Set([...form.elements].map((field) => field.name));
    const region = form.elements.region.value;
    const several = question.getAll("region").length > 1 && !region;
    for (const [name, value] of question) if (!own.has(name) || (name === "region" && several)) next.append(name, value);
    for (const [name, value] of new FormData(form)) if (value.trim() && !(name === "region" && several)) next.append(name, value);
    // A field that is left says again what was answered while it was typed. Rows that were made anew then would take
    // the press on a link from under the pointer.
    clearTimeout(typing);
    if (inOrder(next) !== inOrder(question)) ask(next);
  }

  const inOrder = (asked) => JSON.stringify([...asked].sort());

  let typing;
  form.addEventListener("change", askForm);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    askForm();
    if (panel.matches(":popover-open")) panel.hidePopover();
  });
  form.elements.q.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(askForm, 250);
  });
  root.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const href = link?.getAttribute("href");
    if (href?.startsWith("?") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      if (link.dataset.show) return ask(address({ show: link.dataset.show === "list" ? null : link.dataset.show }), { said: false });
      return ask(href);
    }
    const chosen = event.target.closest("[data-metrics] button")?.value;
    if (chosen) return ask(address({ metric: chosen === "cases" ? null : chosen }), { said: false });
    if (event.target.closest("[data-more]")) {
      shownRows += PAGE;
      return void show();
    }
    const country = event.target.closest("[data-code]")?.dataset.code;
    if (country && regions[country]) ask(address({ region: country }));
  });
  addEventListener("popstate", () => {
    question = new URLSearchParams(location.search);
    show();
  });
  panel.addEventListener("toggle", () => {
    const open = panel.matches(":popover-open");
    for (const behind of [results, ...document.querySelectorAll(".masthead, .footer")]) behind.inert = open;
    if (open) panel.setAttribute("role", "dialog");
    else panel.removeAttribute("role");
  });

  show();
})();

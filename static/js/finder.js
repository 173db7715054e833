// A search field that offers what it finds while somebody types: a combobox whose options are links.
// Enter without a chosen option sends the form, and the server opens the one page that is meant or lists what it found.

const WAIT = 150; // milliseconds after the last key
const QUIET = 900; // before a screen reader is told how many there are

// The same page, or the same end of the list: "All results", whatever is typed by now.
const isSame = (option, other) =>
  other && (option.href === other.href || (option.id === "offer-all" && other.id === "offer-all"));

export function offerNames(field) {
  const list = document.querySelector("#offers");
  const said = document.querySelector("#offers-said");
  let waiting, saying, asking, chosen = null;

  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false",
  })) field.setAttribute(name, value);

  const options = () => [...list.querySelectorAll("[role=option]")];

  function show(open) {
    list.hidden = !open;
    field.setAttribute("aria-expanded", open);
    if (!open) choose(null);
  }

  function choose(option) {
    chosen?.setAttribute("aria-selected", "false");
    chosen = option;
    if (!option) return field.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function move(step) {
    const all = options();
    const at = all.indexOf(chosen);
    // Beyond the last option comes the field itself again, then the first.
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step;
    choose(all[next] ?? null);
  }

  async function ask() {
    asking?.abort();
    const question = field.value.trim();
    if (!question) return show(false);
    asking = new AbortController();
    const { signal } = asking;
    try {
      const address = `${field.form.action}?q=${encodeURIComponent(question)}`;
      const answer = await fetch(address, { signal, headers: { "HX-Request": "true" } });
      if (!answer.ok) throw new Error(answer.status);
      const html = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (signal.aborted || document.activeElement !== field) return;
      const count = html.querySelector("[data-said]");
      count.remove();
      const before = chosen;
      choose(null);
      list.replaceChildren(...html.body.childNodes);
      list.scrollTop = 0;
      show(true);
      // Who chose while this answer was on its way keeps what they chose, where it still is.
      choose(options().find((option) => isSame(option, before)) ?? null);
      clearTimeout(saying);
      saying = setTimeout(() => (said.textContent = count.textContent.trim()), QUIET);
    } catch (problem) {
      // The form still works: Enter leads to the page of results.
      if (problem.name !== "AbortError") show(false);
    }
  }

  function askSoon() {
    clearTimeout(waiting);
    waiting = setTimeout(ask, WAIT);
  }

  field.addEventListener("input", (event) => event.isComposing || askSoon());
  field.addEventListener("compositionend", askSoon);
  field.addEventListener("focus", () => field.value && list.hidden && askSoon());
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) ask();
      else move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && chosen) {
      event.preventDefault();
      chosen.click();
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault(); // the first Esc closes the list, the next one empties the field
      asking?.abort();
      show(false);
    }
  });
  field.form.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    asking?.abort();
    if (!field.value.trim()) event.preventDefault();
  });
  field.form.addEventListener("focusout", ({ relatedTarget }) => {
    if (!field.form.contains(relatedTarget)) show(false);
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // a press on an option leaves the field no blur
  // A page that comes back from the browser's memory begins closed.
  addEventListener("pageshow", ({ persisted }) => persisted && show(false));
  if (field.value && field.value !== field.defaultValue) ask();
}

// What the frame of every page does: its menus, its search, whose module comes when it is first needed, and the buttons
// that print, share and cite.

// Menus are <details class="menu">: one is open at a time, Esc and a press outside close it.

const OPEN = "details.menu[open]";

function closeAll(but = null) {
  for (const menu of document.querySelectorAll(OPEN)) {
    if (menu !== but) menu.open = false;
  }
}

document.addEventListener("toggle", ({ target }) => target.matches(OPEN) && closeAll(target), true);
document.addEventListener("pointerdown", ({ target }) => closeAll(target.closest(OPEN)));
document.addEventListener("focusin", ({ target }) => closeAll(target.closest(OPEN)));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector(OPEN);
  if (!menu) return;
  event.preventDefault();
  menu.open = false;
  menu.querySelector("summary").focus();
});

// The search: "/" leads to it, unless somebody types. On a phone a button opens its row.

const masthead = document.querySelector(".masthead");
const field = document.querySelector("#site-q");
const opener = document.querySelector("[data-opens-search]");

function openSearch(open = true) {
  masthead.classList.toggle("searching", open);
  opener.setAttribute("aria-expanded", open);
  if (open) field.focus();
}

async function offer() {
  const { offerNames } = await import("./finder.js");
  offerNames(field);
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (target.closest("input, select, textarea, [contenteditable]")) return;
  event.preventDefault();
  openSearch();
  field.select();
});
opener.setAttribute("role", "button");
opener.setAttribute("aria-expanded", "false");
opener.addEventListener("click", (event) => {
  event.preventDefault();
  openSearch(!masthead.classList.contains("searching"));
});
field.addEventListener("focus", offer, { once: true });
if (document.activeElement === field) offer();

// Who logs out leaves nothing of what they typed in this browser, also where it does not obey Clear-Site-Data.

document.addEventListener("submit", ({ target }) => {
  if (target.action.endsWith("/logout/")) localStorage.clear();
});

// Without script these buttons are not shown; the citation is there to be read.

const canonical = document.querySelector("link[rel=canonical]");

async function copy(button, text) {
  if (!navigator.clipboard) return prompt(button.textContent.trim(), text); // a page without HTTPS may not write there
  await navigator.clipboard.writeText(text);
  const words = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => (button.textContent = words), 2000);
}

async function share(button) {
  const url = canonical?.href ?? location.href;
  if (!navigator.share) return copy(button, url);
  try {
    await navigator.share({ title: document.title, url });
  } catch (reason) {
    if (reason.name !== "AbortError") throw reason; // somebody changed their mind
  }
}

for (const button of document.querySelectorAll("[data-print][hidden]")) button.hidden = false;
document.body.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-print], [data-share], [data-copy]");
  if (!button) return;
  if ("print" in button.dataset) window.print();
  else if ("share" in button.dataset) share(button);
  else copy(button, button.dataset.copy);
});
// A page that changes in place has another address then.
document.body.addEventListener("htmx:pushedIntoHistory", () => canonical && (canonical.href = location.href));

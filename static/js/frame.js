// What the frame of every page does: its menus, and its search, whose module comes when it is first needed.

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

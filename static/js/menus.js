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

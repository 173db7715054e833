// A page that is passed on: its address is copied, or it is printed.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

offerCopies(document);

export function offerCopies(within) {
  // Only where the browser has a clipboard for us: over HTTPS or on this machine.
  for (const button of within.querySelectorAll("[data-copy-address]")) button.hidden = !navigator.clipboard;
}

document.body.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy-address]");
  if (!button) return;
  await navigator.clipboard.writeText(location.href);
  button.textContent = button.dataset.done;
});

// The buttons that print, share and cite the page. Without script they are not shown; the citation is there to be read.

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

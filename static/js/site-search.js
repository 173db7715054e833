// The search box in the head says what this page was asked, also after Back or a change of the filters.

const box = document.querySelector("#site-q");
const page = new URL(box.form.action).pathname;

function follow() {
  box.value = location.pathname === page ? new URLSearchParams(location.search).get("q") ?? "" : "";
}

// A page that comes back from the browser's memory still has what was typed when it was left.
addEventListener("pageshow", ({ persisted }) => persisted && follow());
addEventListener("popstate", follow);
for (const name of ["htmx:pushedIntoHistory", "htmx:replacedInHistory", "htmx:historyRestore"]) {
  document.body.addEventListener(name, follow);
}

// The charts of the case list: a click on a bar filters by it, a drag over bars of time by all of them.
// Without this, each bar is a link.

export function charts({ choose, toggle }) {
  let begun = null;
  const barOf = (event) => event.target.closest?.("#charts a[data-first]");

  document.body.addEventListener("pointerdown", (event) => (begun = barOf(event)));
  document.body.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const row = event.target.closest?.("#charts a[data-filter]");
    if (row) {
      event.preventDefault();
      const { filter, code } = row.dataset;
      if (filter === "region") choose({ region: code });
      else toggle(filter, code);
    } else if (barOf(event)) {
      event.preventDefault();
      ask(barOf(event), barOf(event));
    }
  });
  // A press and its release on two bars are no click.
  document.body.addEventListener("pointerup", (event) => {
    const ended = barOf(event);
    if (begun && ended && begun !== ended) ask(begun, ended);
    begun = null;
  });

  function ask(one, other) {
    const [first, last] = [one, other].map(({ dataset }) => dataset).sort((a, b) => a.first.localeCompare(b.first));
    choose({ occurred_after: first.first, occurred_before: last.last });
  }
}

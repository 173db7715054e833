// Fields that complete names: they offer a name in either language and send its code to the server.

export function completeNames(form) {
  let typing;
  form.addEventListener("input", ({ target }) => {
    if (!target.dataset.names) return;
    clearTimeout(typing);
    typing = setTimeout(() => complete(target), 150);
  });
}

async function complete(input) {
  const text = input.value.trim();
  if (!text || text.includes(" · ")) return;
  const response = await fetch(`${input.dataset.names}?q=${encodeURIComponent(text)}`).catch(() => null);
  if (!response?.ok || input.value.trim() !== text) return;
  const { names } = await response.json();
  input.list.replaceChildren(...names.map(({ code, name }) => new Option(name, `${name} · ${code}`)));
}

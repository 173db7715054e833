// What a form holds, to be kept and brought back. No DOM in here, so node can test it.

const NOT_KEPT = new Set(["csrfmiddlewaretoken", "base"]);

export function kept(entries, now) {
  // What is kept of a form's (name, value) pairs, and since when.
  return { at: now, entries: entries.filter(([name, value]) => !NOT_KEPT.has(name) && typeof value === "string") };
}

export function isOffered(local, { key, done, savedAt }) {
  // Whether a copy in the browser is worth offering: it says something, was not saved as a case, is newer than the draft.
  if (!local?.entries?.length) return false;
  const own = local.entries.find(([name]) => name === "key")?.[1];
  if (done.includes(own)) return false;
  if (own === key && savedAt && local.at <= savedAt + 1000) return false;
  return local.entries.some(([name, value]) => value && !/^(key|.*_FORMS|kind|status|site_type|lead_source|confidence|.*-(kind|quantity))$/.test(name));
}

export function rowsNeeded(entries) {
  // {prefix of a formset: number of rows} that these pairs speak of; outer formsets before inner ones.
  const found = new Map();
  for (const [name] of entries) {
    for (const match of name.matchAll(/-(\d+)-/g)) {
      const prefix = name.slice(0, match.index);
      found.set(prefix, Math.max(found.get(prefix) ?? 0, Number(match[1]) + 1));
    }
  }
  return new Map([...found].sort(([one], [other]) => one.length - other.length));
}

export function renumbered(html, prefix, number) {
  // A row's template under its number: the first mark after the prefix is its own, further ones are inner rows'.
  return html.replaceAll(`${prefix}-__prefix__`, `${prefix}-${number}`);
}

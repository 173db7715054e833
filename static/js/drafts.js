// The content of a form, stored and restored. No DOM in this file, so node can test it.

const NOT_KEPT = new Set(["csrfmiddlewaretoken", "base"]);

export function kept(entries, now) {
  // The stored form: its (name, value) pairs without those of NOT_KEPT, and the time.
  return { at: now, entries: entries.filter(([name, value]) => !NOT_KEPT.has(name) && typeof value === "string") };
}

// What the browser keeps is unreadable without the page of the account that typed it.

const keyOf = (lock) =>
  crypto.subtle.importKey("raw", Uint8Array.from(atob(lock), (c) => c.charCodeAt(0)), "AES-GCM", false, ["encrypt", "decrypt"]);
const asText = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const asBytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

export async function sealed(copy, lock) {
  // The copy as text that only `lock` opens; fails where the page has no HTTPS, and then nothing is kept.
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const told = new TextEncoder().encode(JSON.stringify(copy));
  const bytes = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf(lock), told);
  return `${asText(iv)}.${asText(new Uint8Array(bytes))}`;
}

export async function opened(text, lock) {
  // The copy; null where there is none, or none that `lock` opens.
  try {
    const [iv, bytes] = text.split(".").map(asBytes);
    return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await keyOf(lock), bytes)));
  } catch {
    return null;
  }
}

export function isOffered(local, { key, done, savedAt }) {
  // Whether to offer the copy in the browser: it is not empty, was not saved as a case, and is newer than the draft.
  if (!local?.entries?.length) return false;
  const own = local.entries.find(([name]) => name === "key")?.[1];
  if (done.includes(own)) return false;
  if (own === key && savedAt && local.at <= savedAt + 1000) return false;
  return local.entries.some(([name, value]) => value && !/^(key|.*_FORMS|kind|status|site_type|lead_source|confidence|.*-(kind|quantity))$/.test(name));
}

export function rowsNeeded(entries) {
  // A map {prefix of a formset: number of rows} for these pairs; outer formsets before inner ones.
  const found = new Map();
  for (const [name] of entries) {
    for (const match of name.matchAll(/-(\d+)-/g)) {
      const prefix = name.slice(0, match.index);
      found.set(prefix, Math.max(found.get(prefix) ?? 0, Number(match[1]) + 1));
    }
  }
  return new Map([...found].sort(([first], [second]) => first.length - second.length));
}

export function renumbered(html, prefix, number) {
  // The template of a row with its number. The first mark after the prefix is of this row, later marks of inner rows.
  return html.replaceAll(`${prefix}-__prefix__`, `${prefix}-${number}`);
}

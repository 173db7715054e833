// The answer to an ALTCHA challenge. Touches no page.

const AT_ONCE = 256; // digests between two looks at whether they fit

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

// The number whose digest with the salt is the challenge; null where there is none up to `maxNumber`.
export async function found({ salt, challenge, maxNumber }) {
  const text = new TextEncoder();
  for (let start = 0; start <= maxNumber; start += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, maxNumber - start + 1) }, (_, at) => start + at);
    const digests = await Promise.all(numbers.map((number) => crypto.subtle.digest("SHA-256", text.encode(salt + number))));
    const at = digests.findIndex((digest) => hex(digest) === challenge);
    if (at >= 0) return numbers[at];
  }
  return null;
}

// The answer as the server reads it.
export async function solved(challenge) {
  const { algorithm, salt, signature } = challenge;
  const number = await found(challenge);
  return btoa(JSON.stringify({ algorithm, challenge: challenge.challenge, number, salt, signature }));
}

/** Random words, and their hashes to show around while the words are kept. */

/** Bytes of a word. RFC 7636, 4.1 recommends as many for a verifier. */
const BYTES = 32;

/** 32 random bytes as base64url without padding: 43 characters. */
export function newWord(crypto) {
  return base64url(crypto.getRandomValues(new Uint8Array(BYTES)));
}

/** base64url(SHA-256(word)), as RFC 7636, 4.2 has it (S256). Rejects without `crypto.subtle`: over plain http. */
export async function hashOf(word, crypto) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(word));
  return base64url(new Uint8Array(digest));
}

/** RFC 4648, 5, without padding. */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

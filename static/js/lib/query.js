/** Query strings. Pure. */

/** `a=1&b=two%20words` of `[name, value]` pairs: spaces as `%20`, which every reader takes for a space. */
export function queryText(pairs) {
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
}

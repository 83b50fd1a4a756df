/** Requests to the relay: JSON, bearer in the header, time limit, problems as errors. It knows no use case. */

/** The relay answered that it will not (RFC 9457, problem details). */
export class ApiProblem extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.name = "ApiProblem";
    this.status = status;
    this.errorId = problem.error_id ?? `http_${status}`;
    this.field = problem.field ?? null;
  }
}

/** No answer came: whether the request was carried out cannot be known. */
export class Unreachable extends Error {
  constructor(reason) {
    super(reason);
    this.name = "Unreachable";
    this.reason = reason;
  }
}

/**
 * @param {{baseUrl: string, fetch: typeof fetch}} parts `baseUrl` is empty for the page's own origin
 */
export function createApi({ baseUrl, fetch }) {
  let token = null;
  const headers = () => ({
    "Content-Type": "application/json",
    ...(token ? { Authorization: `Bearer ${token}` } : {}),
  });

  async function request(method, path, body, { signal, timeoutMs = 8_000, keepalive = false } = {}) {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), timeoutMs);
    const cut = () => limit.abort();
    signal?.addEventListener("abort", cut);
    if (signal?.aborted) cut();
    try {
      const response = await fetch(baseUrl + path, {
        method,
        headers: headers(),
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: limit.signal,
        // The session travels in the header only: all orgs of Salesforce share one site, hence its cookies.
        credentials: "omit",
        cache: "no-store",
        referrerPolicy: "no-referrer",
        keepalive,
      });
      return await answerOf(response);
    } catch (error) {
      if (error instanceof ApiProblem || error instanceof Unreachable) throw error;
      throw new Unreachable(limit.signal.aborted ? "no_answer" : "network");
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cut);
    }
  }

  return {
    /** The session's bearer token, in page memory only; null: signed out. */
    set token(value) {
      token = value;
    },
    get token() {
      return token;
    },
    post: (path, body, options) => request("POST", path, body, options),
    delete: (path, options) => request("DELETE", path, undefined, options),
  };
}

async function answerOf(response) {
  if (response.status === 204) return null;
  const type = response.headers.get("Content-Type") ?? "";
  if (!type.includes("json")) {
    // Proxies answer for a relay that is away; their pages are no answer of the relay.
    throw response.ok ? new Unreachable("not_the_relay") : new ApiProblem(response.status, {});
  }
  const body = await response.json();
  if (!response.ok) throw new ApiProblem(response.status, body ?? {});
  return body;
}

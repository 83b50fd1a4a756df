/** Requests to the relay: JSON, bearer in the header, time limit, problems as errors. It knows no use case. */

/** The relay answered that it will not (RFC 9457, problem details). */
export class ApiProblem extends Error {
  constructor(status, problem, retryAfterS = null) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.name = "ApiProblem";
    this.status = status;
    this.errorId = problem.error_id ?? `http_${status}`;
    this.field = problem.field ?? null;
    /** Seconds after which it may be asked again; null: the relay has not said. */
    this.retryAfterS = retryAfterS;
  }
}

/** The session is gone; a new one is opened silently. */
export const SESSION_GONE = Object.freeze(new Set(["not_signed_in", "session_expired"]));
/** Requests of the line itself, which opens its sessions where it stands, and of a session about itself. */
const OF_THE_LINE = Object.freeze(
  new Set(["/v1/sessions", "/v1/poll", "/v1/sessions/current/renewal", "/v1/sessions/current/ticket"]),
);
/** Nobody is kept waiting longer than this, whatever an answer says, in seconds. */
const LONGEST_WAIT_S = 600;

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
  let renew = null;
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

  /** A tab that only listens may find its session ended when it has something to ask; nothing was done then. */
  async function post(path, body, options) {
    const used = token;
    try {
      return await request("POST", path, body, options);
    } catch (error) {
      if (!SESSION_GONE.has(error.errorId) || OF_THE_LINE.has(path) || renew === null) throw error;
      await renew(used);
      return request("POST", path, body, options);
    }
  }

  return {
    /** How another session is opened: gets the token that has ended. */
    set renew(value) {
      renew = value;
    },
    /** The session's bearer token, in page memory only; null: signed out. */
    set token(value) {
      token = value;
    },
    get token() {
      return token;
    },
    post,
    delete: (path, options) => request("DELETE", path, undefined, options),
  };
}

async function answerOf(response) {
  if (response.status === 204) return null;
  const type = response.headers.get("Content-Type") ?? "";
  if (!type.includes("json")) {
    // Proxies answer for a relay that is away; their pages are no answer of the relay.
    throw response.ok ? new Unreachable("not_the_relay") : new ApiProblem(response.status, {}, retryAfter(response));
  }
  const body = await response.json();
  if (!response.ok) throw new ApiProblem(response.status, body ?? {}, retryAfter(response));
  return body;
}

/** Retry-After in seconds (RFC 9110, 10.2.3); a date or nonsense is none. */
function retryAfter(response) {
  const told = response.headers.get("Retry-After") ?? "";
  return /^\d{1,9}$/.test(told) ? Math.min(Number(told), LONGEST_WAIT_S) : null;
}

/** The one error of hosts. */

/** A host could not do what it was asked. `code` is stable: the host's own, or TIMEOUT, UNAVAILABLE. */
export class HostError extends Error {
  constructor(code, message, details = null) {
    super(message);
    this.name = "HostError";
    this.code = code;
    this.details = details;
  }
}

/** One record of a search's answer. Pure. */

/** The object's name comes as `RecordType`; Classic, and one documented example of Lightning, write `object`. */
export function recordOfSearch(id, fields) {
  const type = fields?.RecordType ?? fields?.object ?? fields?.Type ?? "";
  const contactId = fields?.PersonContactId || undefined;
  return { id, name: fields?.Name ?? id, type, ...(contactId ? { contactId } : {}) };
}

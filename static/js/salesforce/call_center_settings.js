/** What getCallCenterSettings tells, in Lightning and Classic alike. Pure. */

/** `/section/item` keys only; labels and sort orders are of no use here (Open CTI guide, getCallCenterSettings). */
export function valueKeys(settings) {
  const isValue = (key) => {
    const parts = key.split("/");
    return parts.length === 3 && parts[0] === "" && parts[2] !== "label" && parts[2] !== "sortOrder";
  };
  const values = Object.entries(settings ?? {}).filter(
    ([key, value]) => isValue(key) && value !== null && value !== undefined,
  );
  return Object.fromEntries(values.map(([key, value]) => [key, String(value)]));
}

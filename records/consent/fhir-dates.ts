// FHIR dates as milliseconds. A date without a time is the whole day, month or year in UTC.

const DATE = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?$/;

/** The first moment of what is written; undefined for what is no FHIR dateTime. */
export function fhirInstant(text: unknown): number | undefined {
  return fhirBounds(text)?.[0];
}

/** First moment of it, and first moment after it; undefined for what is no FHIR dateTime. */
export function fhirBounds(text: unknown): readonly [number, number] | undefined {
  const match = typeof text === 'string' ? DATE.exec(text) : null;
  if (match === null) return undefined;
  const [whole, year, month, day, time] = match;
  if (time !== undefined) {
    const moment = Date.parse(whole);
    return valid(moment, moment + 1);
  }
  const [y, m, d] = [Number(year), Number(month ?? 1) - 1, Number(day ?? 1)];
  const from = Date.UTC(y, m, d);
  // Months and days beyond their end roll over: 2022-02-30 is no date.
  const written = new Date(from);
  if (written.getUTCMonth() !== m || written.getUTCDate() !== d || written.getUTCFullYear() !== y) return undefined;
  if (month === undefined) return valid(from, Date.UTC(y + 1, 0, 1));
  return valid(from, day === undefined ? Date.UTC(y, m + 1, 1) : Date.UTC(y, m, d + 1));
}

/** Moments before 1970 count as 1970: times are u64. */
function valid(from: number, until: number): readonly [number, number] | undefined {
  return Number.isFinite(from) && Number.isFinite(until) ? [Math.max(0, from), Math.max(0, until)] : undefined;
}

// Times in text as finely as formats of others want them. Owns no clock.

/** Of µs since 1970: `2026-11-22T08:00:00.123456Z`. */
export function stampOf(micros: number): string {
  const millis = Math.floor(micros / 1000);
  return `${new Date(millis).toISOString().slice(0, -1)}${String(micros - millis * 1000).padStart(3, '0')}Z`;
}

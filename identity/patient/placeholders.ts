// Numbers that are typed when there is none: refused, because they would make one person of many.

const WORDS = new Set(['UNKNOWN', 'NONE', 'NULL', 'NOTAVAILABLE', 'PENDING', 'TEST']);

/** True for one character repeated, a run up or down through all digits, and text without any digit. */
export function isPlaceholder(number: string): boolean {
  if (WORDS.has(number) || !/[0-9]/.test(number)) return true;
  if (new Set(number).size === 1) return true;
  return /^[0-9]+$/.test(number) && number.length >= 4 && (isRun(number, 1) || isRun(number, 9));
}

/** Each digit follows from the one before by the same step, modulo 10. */
function isRun(digits: string, step: number): boolean {
  for (let i = 1; i < digits.length; i++) {
    if ((digits.charCodeAt(i - 1) - 48 + step) % 10 !== digits.charCodeAt(i) - 48) return false;
  }
  return true;
}

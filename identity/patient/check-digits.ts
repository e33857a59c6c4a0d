// Check-digit arithmetic of national numbers: families used by several countries. Takes normalised numbers whose length and
// form the document rule has checked already.

const VERHOEFF_PERMUTATION = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/** Sum of digit times weight; the shorter of both decides the length. */
export function weightedSum(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < weights.length && i < digits.length; i++) sum += weights[i] * (digits.charCodeAt(i) - 48);
  return sum;
}

/** ISO/IEC 7812: from the right, every second digit doubled with its digits added. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const value = i % 2 === 0 ? digit : 2 * digit;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** NHS and CHI numbers: weights 10 to 2, check digit 11 - rest, 10 never issued. */
export function mod11Nhs(digits: string): boolean {
  const check = (11 - (weightedSum(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
  return check === Number(digits[9]);
}

/** Verhoeff's scheme over the dihedral group of order 10. */
export function verhoeff(digits: string): boolean {
  let check = 0;
  for (let i = 0; i < digits.length; i++) {
    let digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    for (let turn = i % 8; turn > 0; turn--) digit = VERHOEFF_PERMUTATION[digit];
    check = dihedral(check, digit);
  }
  return check === 0;
}

/** Two weightings, the second taken when the first gives 10 (Estonia, Lithuania). */
export function mod11Twice(digits: string): boolean {
  const first = weightedSum(digits, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
  const second = weightedSum(digits, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
  const check = first < 10 ? first : second % 10;
  return check === Number(digits[10]);
}

/** EAN-13 (Switzerland). */
export function ean13(digits: string): boolean {
  return weightedSum(digits, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0;
}

/** `97 - rest` of the leading digits stands in the last two. */
export function mod97(leading: string, check: string): boolean {
  return 97 - (Number(leading) % 97) === Number(check);
}

function dihedral(a: number, b: number): number {
  if (a < 5) return b < 5 ? (a + b) % 5 : 5 + ((a + b) % 5);
  return b < 5 ? 5 + ((a - b) % 5) : (a - b + 5) % 5;
}

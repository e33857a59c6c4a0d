// Check digits that one country alone uses, by the issuer's published rule. Takes normalised numbers of the right form.
import { mod97, weightedSum } from './check-digits.ts';

/** Austria: the check digit stands fourth. */
export function austria(n: string): boolean {
  return weightedSum(n, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 === Number(n[3]);
}

/** Belgium: from 2000 on a 2 is put before the number. */
export function belgium(n: string): boolean {
  return mod97(n.slice(0, 9), n.slice(9)) || mod97(`2${n.slice(0, 9)}`, n.slice(9));
}

/** Brazil, CPF: two digits, each mod 11. */
export function brazil(n: string): boolean {
  const digit = (length: number) => {
    const weights = Array.from({ length }, (_, i) => length + 1 - i);
    return ((11 - (weightedSum(n, weights) % 11)) % 11) % 10;
  };
  return digit(9) === Number(n[9]) && digit(10) === Number(n[10]);
}

/** China, GB 11643: ISO 7064 MOD 11-2. */
export function china(n: string): boolean {
  const sum = weightedSum(n, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
  return '10X98765432'[sum % 11] === n[17];
}

/** Denmark, CPR: numbers issued since 2007 need not hold it. */
export function denmark(n: string): boolean {
  return weightedSum(n, [4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;
}

/** Finland: rest of date and serial by 31. */
export function finland(n: string): boolean {
  const serial = Number(n.slice(0, 6) + n.slice(7, 10));
  return '0123456789ABCDEFHJKLMNPRSTUVWXY'[serial % 31] === n[10];
}

/** France, NIR: Corsican departments count as 19 and 18. */
export function france(n: string): boolean {
  return mod97(n.slice(0, 13).replace('2A', '19').replace('2B', '18'), n.slice(13));
}

/** Germany, KVNR: the letter counts as two digits, weights 1 and 2, digits added. */
export function germany(n: string): boolean {
  const digits = String(n.charCodeAt(0) - 64).padStart(2, '0') + n.slice(1, 9);
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const value = Number(digits[i]) * (1 + (i % 2));
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === Number(n[9]);
}

const ITALY_ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** Italy, codice fiscale. */
export function italy(n: string): boolean {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const code = n.charCodeAt(i);
    const value = code < 65 ? code - 48 : code - 65;
    sum += i % 2 === 0 ? ITALY_ODD[value] : value;
  }
  return sum % 26 === n.charCodeAt(15) - 65;
}

/** Netherlands, BSN: the eleven test. */
export function netherlands(n: string): boolean {
  return weightedSum(n, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

const NHI_LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ';

/** New Zealand, NHI (HISO 10046): both the numeric and the letter check. */
export function newZealand(n: string): boolean {
  const value = (at: number) => (n[at] <= '9' ? Number(n[at]) : NHI_LETTERS.indexOf(n[at]) + 1);
  let sum = 0;
  for (let i = 0; i < 6; i++) sum += (7 - i) * value(i);
  if (n[6] > '9') return 23 - (sum % 23) === value(6);
  return sum % 11 !== 0 && (11 - (sum % 11)) % 10 === value(6);
}

/** Norway: two check digits. */
export function norway(n: string): boolean {
  const first = weightedSum(n, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11;
  return first === 0 && weightedSum(n, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;
}

/** Poland, PESEL. */
export function poland(n: string): boolean {
  return weightedSum(n, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

/** Spain, DNI and NIE: a leading X, Y, Z counts as 0, 1, 2. */
export function spain(n: string): boolean {
  const number = Number(n.slice(0, 8).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter))));
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23] === n[8];
}

// A network that a clinic declares as its own, so that no report blocks it (PROTOCOL 7.1.4). Narrow enough that all clinics
// together cannot protect the internet from being blocked. Owns the form; who asks is gateway/never-block.ts.

/** Bits, from the widest to the narrowest: 16 addresses to one; 256 customers' networks of IPv6 to one. */
const PREFIXES = { 4: [28, 32], 6: [56, 64] } as const;
const DECIMAL = /^(?:0|[1-9][0-9]{0,2})$/;
const GROUP = /^[0-9a-f]{1,4}$/;
const GROUPS = 8;

/** In CIDR form with the host bits zero, or one IPv4 address; IPv6 in lower case, without a part in dotted form. */
export function isOwnNetwork(text: string): boolean {
  const [address, given, ...rest] = text.split('/');
  const isFour = address.includes('.');
  const digits = given ?? (isFour ? '32' : '');
  if (rest.length > 0 || !DECIMAL.test(digits)) return false;
  const words = isFour ? fourWords(address) : sixWords(address);
  const [widest, narrowest] = PREFIXES[isFour ? 4 : 6];
  const prefix = Number(digits);
  if (words === undefined || prefix < widest || prefix > narrowest) return false;
  return hostBitsAreZero(words, isFour ? 8 : 16, prefix);
}

function fourWords(text: string): number[] | undefined {
  const parts = text.split('.');
  const isGood = parts.length === 4 && parts.every((part) => DECIMAL.test(part) && Number(part) <= 255);
  return isGood ? parts.map(Number) : undefined;
}

function sixWords(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [before, after] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = [...before, ...(after ?? [])];
  if (!given.every((group) => GROUP.test(group))) return undefined;
  const missing = GROUPS - given.length;
  // `::` stands for one group at least, and nothing else may leave one out.
  if (after === undefined ? missing !== 0 : missing < 1) return undefined;
  const zeros = Array.from({ length: missing }, () => '0');
  return [...before, ...zeros, ...(after ?? [])].map((group) => Number.parseInt(group, 16));
}

function hostBitsAreZero(words: readonly number[], bits: number, prefix: number): boolean {
  return words.every((word, index) => {
    const host = Math.min(bits, Math.max(0, bits * (index + 1) - prefix));
    return word % 2 ** host === 0;
  });
}

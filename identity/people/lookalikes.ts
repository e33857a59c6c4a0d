// A form in which user names that look alike are equal, for telling whether a new name could be taken for one that is there.
// From UTS 39 what can stand in a folded name; never shown, never a name itself.

/** Letters of whole other alphabets, and odd Latin ones, by the Latin letter that they look like. */
const LIKE: Readonly<Record<string, string>> = {
  a: 'аαɑ',
  b: 'ьƅᏏ',
  c: 'сϲᴄ',
  d: 'ԁɗ',
  e: 'еҽєε',
  f: 'ƒ',
  g: 'ɡɢց',
  h: 'һհ',
  i: 'іιıɩ',
  j: 'јϳ',
  k: 'кκ',
  l: 'ӏǀ1',
  n: 'ոпη',
  o: 'оοσօ0०০໐๐',
  p: 'рρ',
  q: 'ԛգ',
  r: 'гᴦ',
  s: 'ѕꜱ',
  t: 'тτ',
  u: 'υսцʋ',
  v: 'ѵν',
  w: 'ԝωѡա',
  x: 'хχ',
  y: 'уγү',
  z: 'ᴢ',
};
const LATIN = new Map(Object.entries(LIKE).flatMap(([latin, others]) => [...others].map((other) => [other, latin])));
const PAIRS: readonly (readonly [string, string])[] = [
  ['rn', 'm'],
  ['vv', 'w'],
];

/** For a name from `foldUserName`. */
export function lookalikeOf(name: string): string {
  let out = '';
  for (const character of name) out += LATIN.get(character) ?? character;
  for (const [pair, letter] of PAIRS) out = out.replaceAll(pair, letter);
  return out;
}

export interface NameClaim {
  readonly user: string;
  readonly made: number;
  readonly clinic: number;
}

/**
 * Whose the name is when clinics that could not see each other each gave it away: the earliest, then the lower clinic, then
 * the lower user id. The same at every clinic, whatever it heard first.
 */
export function holderOf<T extends NameClaim>(claims: readonly T[]): T | undefined {
  return claims.reduce<T | undefined>(
    (best, claim) => (best === undefined || before(claim, best) ? claim : best),
    undefined,
  );
}

function before(a: NameClaim, b: NameClaim): boolean {
  if (a.made !== b.made) return a.made < b.made;
  if (a.clinic !== b.clinic) return a.clinic < b.clinic;
  return a.user < b.user;
}

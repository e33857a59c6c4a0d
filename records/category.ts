// The twelve categories of a patient's records, each under a key of its own. Owns their bytes; which resource belongs to
// which is classify.ts.

/** In the order of their bytes, from 1. */
export const CATEGORIES = [
  'demographics',
  'medications',
  'problems',
  'labs',
  'imaging',
  'notes',
  'psychiatric',
  'sexual',
  'hiv',
  'substance',
  'genomics',
  'consent',
] as const;
export type Category = (typeof CATEGORIES)[number];

export function categoryByte(category: Category): number {
  return CATEGORIES.indexOf(category) + 1;
}

export function categoryOfByte(byte: number): Category | undefined {
  return CATEGORIES[byte - 1];
}

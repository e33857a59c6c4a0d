// What a visitor who was stopped reads out on the telephone. Has neither dot nor colon: no address looks like it.
const REFERENCE = /^[a-z0-9]{12}$/i;

export function isReference(written: string): boolean {
  return REFERENCE.test(written);
}

// What people write to name a block: its height or its id.

export type BlockRef = { readonly height: number } | { readonly id: string };

/** Undefined for what can be neither. */
export function blockRefOf(text: string): BlockRef | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return { id: text.toLowerCase() };
  const height = heightOf(text);
  return height === undefined ? undefined : { height };
}

export function heightOf(text: string): number | undefined {
  const digits = text.replace(/[\s,]/g, '');
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

export function isId(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text);
}

// Whether text looks like an address of mail: enough to catch a slip; the node decides.

export function looksLikeMail(text: string): boolean {
  return /^\S+@\S+\.\S+$/.test(text);
}

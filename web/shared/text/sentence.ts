// The node's words, which begin small, at the beginning of a line.

export function sentence(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

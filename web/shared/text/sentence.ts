// Words at the beginning of a line, and inside of one.

export function sentence(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** Not what is written in capitals anyway. */
export function inSentence(words: string): string {
  return /^\p{Lu}\p{Lu}/u.test(words) ? words : words.slice(0, 1).toLowerCase() + words.slice(1);
}

const lists = new Intl.ListFormat('en-GB');

export function listText(words: readonly string[]): string {
  return lists.format(words);
}

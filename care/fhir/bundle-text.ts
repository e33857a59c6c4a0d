// The original text of each resource of a Bundle: parsing and writing again would lose the precision of decimals.
// Takes text that JSON.parse has accepted; finds where values begin and end, without recursion.

/** Per entry that has a resource, the text of that resource, in order; undefined when the text is no Bundle of entries. */
export function bundleResourceTexts(text: string): readonly string[] | undefined {
  const entries = members(text, skipSpace(text, text.startsWith('\ufeff') ? 1 : 0)).get('entry');
  if (entries === undefined || text[entries.from] !== '[') return undefined;
  const texts: string[] = [];
  for (const item of items(text, entries.from)) {
    const resource = text[item.from] === '{' ? members(text, item.from).get('resource') : undefined;
    if (resource !== undefined) texts.push(text.slice(resource.from, resource.to));
  }
  return texts;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The values of an object by key; of a repeated key the last, as JSON.parse takes it. */
function members(text: string, start: number): Map<string, Span> {
  const found = new Map<string, Span>();
  if (text[start] !== '{') return found;
  let at = skipSpace(text, start + 1);
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at);
    const key: string = JSON.parse(text.slice(at, keyEnd));
    const from = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const to = endOfValue(text, from);
    found.set(key, { from, to });
    at = skipSpace(text, to);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return found;
}

function* items(text: string, start: number): Generator<Span> {
  let from = skipSpace(text, start + 1);
  while (from < text.length && text[from] !== ']') {
    const to = endOfValue(text, from);
    yield { from, to };
    from = skipSpace(text, to);
    if (text[from] === ',') from = skipSpace(text, from + 1);
  }
}

/** After a string, an object or array with all that is in it, or a number or word. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else {
      if (character === '{' || character === '[') depth++;
      else if (character === '}' || character === ']') {
        if (depth === 0) return at;
        depth--;
      } else if (depth === 0) return endOfScalar(text, at);
      at++;
    }
    if (depth === 0) return at;
  }
  return at;
}

function endOfScalar(text: string, start: number): number {
  let at = start;
  while (at < text.length && !',]} \t\r\n'.includes(text[at])) at++;
  return at;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && ' \t\r\n'.includes(text[at])) at++;
  return at;
}

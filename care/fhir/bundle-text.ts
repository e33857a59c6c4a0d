// The original text of each resource of a Bundle: parsing and writing again would lose the precision of decimals.
// Takes text that JSON.parse has accepted; finds where values begin and end, without recursion.

/** Of an entry, as it stands: a resource, and the JSON of its fullUrl where it has one. */
export interface EntryText {
  readonly resource: string;
  readonly fullUrl: string | undefined;
}

/** Per entry that has a resource, the text of that resource, in order; undefined when the text is no Bundle of entries. */
export function bundleResourceTexts(text: string): readonly string[] | undefined {
  return bundleEntryTexts(text)?.map(({ resource }) => resource);
}

export function bundleEntryTexts(text: string): readonly EntryText[] | undefined {
  const entries = members(text, skipSpace(text, text.startsWith('\ufeff') ? 1 : 0)).get('entry');
  if (entries === undefined || text[entries.from] !== '[') return undefined;
  const texts: EntryText[] = [];
  for (const item of items(text, entries.from)) {
    if (text[item.from] !== '{') continue;
    const entry = members(text, item.from);
    const [resource, fullUrl] = [entry.get('resource'), entry.get('fullUrl')];
    if (resource === undefined) continue;
    const url = fullUrl === undefined ? undefined : text.slice(fullUrl.from, fullUrl.to);
    texts.push({ resource: text.slice(resource.from, resource.to), fullUrl: url });
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

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [34, 92, 44, 91, 93, 123, 125];

/** After a string, an object or array with all that is in it, or a number or word. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else {
      if (code === OPEN || code === OPEN_LIST) depth++;
      else if (code === CLOSE || code === CLOSE_LIST) {
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
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === CLOSE_LIST || code === CLOSE || code <= 32) break;
  }
  return at;
}

/** A quote behind an odd number of backslashes is part of the string. */
function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  for (; at !== -1; at = text.indexOf('"', at + 1)) {
    let run = 0;
    while (text.charCodeAt(at - 1 - run) === BACKSLASH) run++;
    if (run % 2 === 0) return at + 1;
  }
  return text.length;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && ' \t\r\n'.includes(text[at])) at++;
  return at;
}

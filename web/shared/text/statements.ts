// What statement kinds and outcomes are called on pages. Owns no rule of any kind.
import { texts } from './i18n.ts';

/** Versions to come have kinds and outcomes that this catalogue does not know. */
function titleOf(key: string, name: string): string {
  return texts.exists(key) ? (texts.t as (key: string) => string)(key) : name;
}

export function kindTitle(name: string): string {
  return titleOf(`kinds.${name}`, name);
}

export function resultTitle(result: string): string {
  return titleOf(`results.${result}`, result);
}

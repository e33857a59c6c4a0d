// Which word of a patient's stands for that branches are shut out: the newest of the same person and the same right.
import { EMPTY_BYTES, equalBytes } from '../../common/bytes.ts';
import { decodeWord } from '../../records/vault/word.ts';
import { MeError } from './errors.ts';
import type { KnownShare, SignedWord } from './patient-words.ts';

/**
 * The newest before this one. What the key of a take-over shut no word of a device stands for, nor the other way. Throws MeError
 * `me.word` for one that is older than that.
 */
export function shutBefore(shares: readonly KnownShare[], { word }: SignedWord): KnownShare | undefined {
  const said = decodeWord(word);
  let newest: { readonly known: KnownShare; readonly at: number } | undefined;
  for (const known of shares) {
    const { act, account, at, takeOver } = decodeWord(known.word);
    if (act !== said.act || !equalBytes(account, said.account)) continue;
    if (!equalBytes(takeOver ?? EMPTY_BYTES, said.takeOver ?? EMPTY_BYTES)) continue;
    if (newest === undefined || at > newest.at) newest = { known, at };
  }
  // It was replaced meanwhile: it counts once.
  if (newest !== undefined && said.at <= newest.at) throw new MeError({ code: 'me.word' });
  return newest?.known;
}

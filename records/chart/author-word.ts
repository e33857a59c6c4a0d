// The author's word: that a person wrote this about this patient at this clinic, signed by a device key of the person's account.
// It stays true when the row is wrapped or signed anew, and says nothing of what the clinic makes of it (names, keys, CID).
// Owns bytes and signature; whose key that is, the chain says.
import { signEd25519, signingKeyPair, verifyEd25519 } from '#crypto';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { CATEGORIES } from '../category.ts';
import { type AuthorSignature, NO_DIGEST } from './author-signature.ts';
import { AMENDMENTS, type Manifest } from './manifest.ts';

/** What of a manifest its author vouches for. */
export type Vouched = Pick<
  Manifest,
  'clinic' | 'amendment' | 'version' | 'record' | 'about' | 'category' | 'kind' | 'mediaType' | 'title' | 'reason'
> & { readonly author: Uint8Array };

/** Of the content and the moment. */
export type Signing = Pick<AuthorSignature, 'digest' | 'at'>;

const NOTHING = new Uint8Array(32);
const DOCUMENT = 'document';

/** `patient`: as the chain names it. */
export function authorWord(said: Vouched, patient: Uint8Array, { digest, at }: Signing): Uint8Array {
  const { clinic, author, amendment, version, category } = said;
  const out = new Writer(512).u16(clinic).fixed(author, 32).fixed(patient, 32);
  out
    .u8(AMENDMENTS.indexOf(amendment))
    .fixed(aboutOf(said), 32)
    .u32(version)
    .u8(CATEGORIES.indexOf(category) + 1);
  // Of a version without content the clinic repeats what it had before; the title of a resource follows from its content.
  const content = amendment !== 'entered-in-error';
  const [kind, mediaType] = content ? [said.kind, said.mediaType] : ['', ''];
  const title = content && kind === DOCUMENT ? said.title : '';
  out.text16(kind, 64).text16(mediaType, 128).text16(title, 1024).text16(said.reason, 2048);
  return out
    .fixed(content ? digest : NO_DIGEST, 32)
    .u64(at)
    .finish();
}

/** By the person's own program. */
export function signAuthorWord(
  said: Vouched,
  patient: Uint8Array,
  signing: Signing,
  { genesisId, seed }: { readonly genesisId: Uint8Array; readonly seed: Uint8Array },
): AuthorSignature {
  const { publicKey: key } = signingKeyPair(seed);
  const signature = signEd25519(seed, messageOf(authorWord(said, patient, signing), genesisId));
  return { ...signing, key, signature };
}

/** Whether its key signed this of this patient. */
export function verifyAuthorWord(
  said: Vouched,
  patient: Uint8Array,
  signed: AuthorSignature,
  genesisId: Uint8Array,
): Promise<boolean> {
  return verifyEd25519(signed.key, messageOf(authorWord(said, patient, signed), genesisId), signed.signature);
}

/** The record that is amended; a new one has no name yet. */
function aboutOf({ amendment, record, about }: Vouched): Uint8Array {
  if (amendment === 'original') return NOTHING;
  return amendment === 'addendum' ? (about ?? NOTHING) : record;
}

function messageOf(word: Uint8Array, genesisId: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/author-word/1', genesisId, word);
}

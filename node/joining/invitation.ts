// Invitations (PROTOCOL 9.4): with one, a clinic that is no member may follow the chain until governance decides. A short
// signed text, for a file or a QR code, bound to the joiner's node key. It holds no secret and gives no right but to listen.
import { signEd25519, verifyEd25519Sync } from '#crypto';
import { equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { MAX_MEMBER_ADDRESS_BYTES, MAX_MEMBER_ADDRESSES } from '../../consensus/ledger/members/record.ts';
import { SIGNATURE_BYTES } from '../../consensus/limits.ts';
import { JoiningError } from './errors.ts';

const PREFIX = 'wardmesh-invitation-1:';
/** Members that an invitation names at most: a QR code has room for 2,953 bytes. */
export const MAX_INVITATION_PEERS = 8;
export const MAX_INVITATION_BYTES = 2200;

export interface InvitationPeer {
  readonly nodeKey: Uint8Array;
  readonly addresses: readonly string[];
}

export interface Invitation {
  readonly genesisId: Uint8Array;
  /** Of the clinic that is invited. */
  readonly nodeKey: Uint8Array;
  /** ms since 1970. */
  readonly expires: number;
  /** The first one made and signed it. */
  readonly peers: readonly InvitationPeer[];
}

/** Signed with the node key of the first peer. */
export function signInvitation(invitation: Invitation, nodeSeed: Uint8Array): string {
  const content = encode(invitation);
  const signature = signEd25519(nodeSeed, messageOf(content));
  const bytes = new Writer(content.length + SIGNATURE_BYTES)
    .fixed(content, content.length)
    .fixed(signature, 64)
    .finish();
  return PREFIX + Buffer.from(bytes).toString('base64url');
}

/** Throws JoiningError unless the text is an invitation for this node key that still holds. */
export function openInvitation(text: string, nodeKey: Uint8Array, now: number): Invitation {
  const invitation = readInvitation(text);
  if (!equalBytes(invitation.nodeKey, nodeKey)) throw new JoiningError({ code: 'invitation.not-for-us' });
  if (invitation.expires <= now) throw new JoiningError({ code: 'invitation.expired', expires: invitation.expires });
  return invitation;
}

/** Whoever it is for, and whenever. Throws `invitation.malformed`, `invitation.signature`. */
export function readInvitation(text: string): Invitation {
  const malformed = (reason: string) => new JoiningError({ code: 'invitation.malformed', reason });
  const trimmed = text.trim();
  if (!trimmed.startsWith(PREFIX)) throw malformed(`it does not begin with ${PREFIX}`);
  if (trimmed.length > 2 * MAX_INVITATION_BYTES) throw malformed('it is too long');
  const bytes = new Uint8Array(Buffer.from(trimmed.slice(PREFIX.length), 'base64url'));
  const content = bytes.subarray(0, Math.max(0, bytes.length - SIGNATURE_BYTES));
  let invitation: Invitation;
  let signature: Uint8Array;
  try {
    const reader = new Reader(bytes);
    invitation = read(reader);
    signature = reader.fixed(SIGNATURE_BYTES);
    reader.end();
  } catch (error) {
    if (error instanceof CodecError) throw malformed('it is cut or altered');
    throw error;
  }
  if (!verifyEd25519Sync(invitation.peers[0].nodeKey, messageOf(content), signature)) {
    throw new JoiningError({ code: 'invitation.signature' });
  }
  return invitation;
}

/** `genesis 32 | node key 32 | expires u64 | count u8 (1..8) | count x (node key 32 | count u8 | count x t16)`. */
function encode({ genesisId, nodeKey, expires, peers }: Invitation): Uint8Array {
  const out = new Writer(512).fixed(genesisId, 32).fixed(nodeKey, 32).u64(expires).u8(peers.length);
  for (const peer of peers) {
    out.fixed(peer.nodeKey, 32).u8(peer.addresses.length);
    for (const address of peer.addresses) out.text16(address, MAX_MEMBER_ADDRESS_BYTES);
  }
  return out.finish();
}

function read(input: Reader): Invitation {
  const head = { genesisId: input.fixed(32), nodeKey: input.fixed(32), expires: input.u64() };
  const count = input.u8();
  if (count < 1 || count > MAX_INVITATION_PEERS) throw new CodecError({ code: 'codec.range', field: 'peers' });
  const peers: InvitationPeer[] = [];
  for (let i = 0; i < count; i++) {
    const nodeKey = input.fixed(32);
    const texts = input.u8();
    if (texts > MAX_MEMBER_ADDRESSES) throw new CodecError({ code: 'codec.range', field: 'addresses' });
    peers.push({
      nodeKey,
      addresses: Array.from({ length: texts }, () => input.text16(MAX_MEMBER_ADDRESS_BYTES)),
    });
  }
  return { ...head, peers };
}

function messageOf(content: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/invitation/1', content);
}

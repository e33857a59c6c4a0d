// The name of a node on the network, made from its Ed25519 node key. Owns no address book.
import { publicKeyFromRaw } from '@libp2p/crypto/keys';
import { peerIdFromPublicKey } from '@libp2p/peer-id';
import { NetworkError } from './errors.ts';

/** PeerId (base58, `12D3KooW...`) of a raw 32-byte Ed25519 public key. */
export function peerIdOf(publicKey: Uint8Array): string {
  if (publicKey.length !== 32) throw new NetworkError({ code: 'p2p.options', field: 'publicKey' });
  return peerIdFromPublicKey(publicKeyFromRaw(publicKey)).toString();
}

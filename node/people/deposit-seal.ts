// What a deposit of a vault is made of: sealed to the clinics of this organisation and signed by one of them, so that whoever
// keeps it reads nothing and makes nothing up (PROTOCOL 8.18). Owns the bytes; who keeps whose is vault-deposit.ts.
import { aeadOpen, aeadSeal, randomBytes, sha256, signEd25519, signingKeyPair, verifyEd25519 } from '#crypto';
import { concatBytes, fromHex } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { AEAD_KEY_BYTES, AEAD_NONCE_BYTES } from '../../common/crypto/bounds.ts';
import { HPKE_OVERHEAD, hpkeOpen, hpkeSeal } from '../../common/crypto/hpke.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import type { Logger } from '../../common/logger.ts';
import { encodePart } from '../../identity/people/part-codec.ts';
import type { Part, UserId } from '../../identity/people/types.ts';
import type { Branches } from './branches.ts';
import type { OrganisationSecrets } from './organisation-secrets.ts';
import type { PeopleStore } from './people-store.ts';
import {
  decodeParts,
  MAX_DEPOSIT_BYTES,
  type OrganisationSecret,
  readParts,
  readSecrets,
  writeParts,
  writeSecrets,
} from './wire.ts';

const MAX_READERS = 64;
const SIGNATURE_BYTES = 64;
const utf8 = new TextEncoder();

export interface DepositSealOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: number;
  readonly organisation: number;
  /** X25519 secret keys of this clinic, the one in force first. */
  readonly encryptionSecrets: readonly Uint8Array[];
  /** Of the node key in force: what it signed is of this organisation, whoever kept it. */
  readonly nodeSeed: Uint8Array;
}

export interface DepositSealModules {
  readonly branches: Branches;
  readonly store: PeopleStore;
  readonly secrets: OrganisationSecrets;
  readonly logger: Logger;
}

export interface Deposited {
  readonly secrets: readonly OrganisationSecret[];
  readonly parts: readonly Part[];
}

export class DepositSeal {
  private readonly options: DepositSealOptions;
  private readonly modules: DepositSealModules;

  constructor(options: DepositSealOptions, modules: DepositSealModules) {
    this.options = options;
    this.modules = modules;
  }

  /**
   * All that signing in and opening the vault takes: without the organisation's secrets no authenticator would count.
   * Undefined for more than a deposit holds.
   */
  async seal(user: UserId): Promise<Uint8Array | undefined> {
    const copies = await this.modules.store.copies(user);
    const parts = copies.filter(({ name }) => name !== 'photo' && !name.startsWith('approval/')).map(encodePart);
    const plaintext = writeParts(writeSecrets(new Writer(4096), this.modules.secrets.all), parts).finish();
    const key = randomBytes(AEAD_KEY_BYTES);
    const nonce = randomBytes(AEAD_NONCE_BYTES);
    const readers = this.modules.branches.organisationMembers.slice(0, MAX_READERS);
    const out = new Writer(plaintext.length + 256).u8(readers.length);
    for (const { number, encryptionKey } of readers) {
      out.u16(number).fixed(await hpkeSeal(encryptionKey, this.info(user), key), AEAD_KEY_BYTES + HPKE_OVERHEAD);
    }
    const body = aeadSeal(key, nonce, plaintext, this.info(user));
    const message = out.fixed(nonce, AEAD_NONCE_BYTES).fixed(body, body.length).finish();
    const { clinic, nodeSeed } = this.options;
    const signature = signEd25519(nodeSeed, this.signed(user, message));
    const sealed = concatBytes(new Writer(2).u16(clinic).finish(), signature, message);
    if (sealed.length <= MAX_DEPOSIT_BYTES) return sealed;
    this.modules.logger.warn({ bytes: sealed.length }, 'a person is too large to be deposited');
    return undefined;
  }

  /** Undefined for what was sealed for others, or was not made by a clinic of this organisation: anybody can seal to it. */
  async open(user: UserId, sealed: Uint8Array): Promise<Deposited | undefined> {
    try {
      const input = new Reader(sealed);
      const maker = input.u16();
      const signature = input.fixed(SIGNATURE_BYTES);
      const member = this.modules.branches.organisationMembers.find(({ number }) => number === maker);
      const message = this.signed(user, sealed.subarray(2 + SIGNATURE_BYTES));
      if (member === undefined || !(await verifyEd25519(member.nodeKey, message, signature))) return undefined;
      const readers = Array.from({ length: input.u8() }, () => ({
        number: input.u16(),
        box: input.fixed(AEAD_KEY_BYTES + HPKE_OVERHEAD),
      }));
      const nonce = input.fixed(AEAD_NONCE_BYTES);
      const body = input.fixed(input.left);
      for (const { box } of readers.filter(({ number }) => number === this.options.clinic)) {
        for (const secret of this.options.encryptionSecrets) {
          const key = await hpkeOpen(secret, this.info(user), box).catch(() => undefined);
          if (key === undefined) continue;
          const plaintext = new Reader(aeadOpen(key, nonce, body, this.info(user)));
          const secrets = readSecrets(plaintext);
          return { secrets, parts: decodeParts(readParts(plaintext)).filter((part) => part.user === user) };
        }
      }
    } catch {
      // Altered, or of another network: nothing to take.
    }
    return undefined;
  }

  /** Names the keys that deposits are made under and for, 32 bytes: with others they are made anew. */
  keysNow(): Uint8Array {
    const { publicKey } = signingKeyPair(this.options.nodeSeed);
    const members = [...this.modules.branches.organisationMembers].sort((a, b) => a.number - b.number);
    return sha256(publicKey, ...members.flatMap(({ nodeKey, encryptionKey }) => [nodeKey, encryptionKey]));
  }

  private signed(user: UserId, message: Uint8Array): Uint8Array {
    return taggedHash('wardmesh/vault-deposit/1', this.info(user), message);
  }

  private info(user: UserId): Uint8Array {
    const { genesisId, organisation } = this.options;
    const bound = new Writer(50).fixed(genesisId, 32).u16(organisation).fixed(fromHex(user), 16).finish();
    return concatBytes(utf8.encode('wardmesh/vault/1'), bound);
  }
}

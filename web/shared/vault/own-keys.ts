// The keys of a patient's records in this page: opened from what the clinic keeps sealed for her, never sent anywhere but sealed.
import { randomBytes } from '#crypto';
import { fromHex, toHex } from '../../../common/bytes.ts';
import { derived } from '../../../identity/vault/kdf.ts';
import { deviceKeys, type OpenVault } from '../../../identity/vault/vault.ts';
import type { Category } from '../../../records/category.ts';
import type { RowSigner } from '../../../records/chart/key-row.ts';
import { CATEGORY_KEY_BYTES, encodePacket, makePacket } from '../../../records/chart/packet.ts';
import { PURPOSES, type PurposeCode } from '../../../records/consent/terms.ts';
import { openVaultKey, sealVaultKey } from '../../../records/vault/ring.ts';
import type { RpcClient } from '../../../rpc/client.ts';
import type { Result } from '../../../rpc/schema/methods.ts';
import { type HeldKey, heldKey } from './take-over.ts';

type Sealed = Result<'me_vault'>;
type OwnCategory = Exclude<Category, 'consent'>;

export interface EpochKey {
  readonly epoch: number;
  readonly key: Uint8Array;
}

/** A consent that packets are made for. */
export interface PacketGrant {
  readonly grant: Uint8Array;
  readonly purposes: readonly PurposeCode[];
  readonly ends: number;
  readonly clinics: readonly number[];
}

export class OwnKeys {
  readonly clinic: number;
  /** ms, by the clinic's clock when this was loaded: the device's may be wrong. */
  readonly now: number;
  readonly chart: Uint8Array;
  readonly handle: Uint8Array;
  readonly account: Uint8Array;
  /** The device signs what it makes; the clinic takes nothing else. */
  readonly signer: RowSigner;
  readonly device: Uint8Array;
  /** Where this vault has the key of the take-over that decides. */
  readonly held: HeldKey | undefined;
  private readonly sealed: Sealed;
  private readonly ring: Uint8Array;

  private constructor(open: OpenVault, genesisId: Uint8Array, sealed: Sealed) {
    const { signing } = deviceKeys(open);
    this.sealed = sealed;
    this.clinic = sealed.clinic;
    this.now = sealed.now;
    this.chart = fromHex(sealed.chart);
    this.handle = fromHex(sealed.handle);
    this.account = fromHex(sealed.account);
    this.signer = { genesisId, seed: signing.seed };
    this.device = signing.publicKey;
    this.held = heldKey(open, sealed);
    this.ring = derived(open.contents.device.encryption, 'wardmesh/vault-ring/1');
  }

  /** `actingFor`: for whom the owner of the vault acts; nothing of hers opens. Throws RpcError. */
  static async load(client: RpcClient, open: OpenVault, actingFor?: string): Promise<OwnKeys> {
    const [{ genesis }, sealed] = await Promise.all([
      client.call('node_health'),
      client.call('me_vault', { actingFor }),
    ]);
    return new OwnKeys(open, fromHex(genesis), sealed);
  }

  /** Whether the vault is of the patient whose records these are. */
  get own(): boolean {
    return this.sealed.own;
  }

  /** Throws CryptoError `crypto.open`; undefined for a key that the clinic does not keep. */
  key(category: Category, epoch: number): Uint8Array | undefined {
    const held = this.sealed.keys.find((one) => one.category === category && one.epoch === epoch);
    return held && openVaultKey(this.ring, { ...this.place, category, epoch }, fromHex(held.sealed));
  }

  /** The key that is in force. */
  newest(category: Category): EpochKey | undefined {
    const epochs = this.sealed.keys.filter((one) => one.category === category).map(({ epoch }) => epoch);
    const epoch = Math.max(0, ...epochs);
    const key = epoch === 0 ? undefined : this.key(category, epoch);
    return key && { epoch, key };
  }

  /** A key of its own for the epoch, and what the clinic keeps of it. */
  make(category: OwnCategory, epoch: number): EpochKey & { readonly sealed: string } {
    const key = randomBytes(CATEGORY_KEY_BYTES);
    return { epoch, key, sealed: toHex(sealVaultKey(this.ring, { ...this.place, category, epoch }, key)) };
  }

  /** Whether somebody has the key in force who may no longer read: a page that stopped sharing did not come to its end. */
  isDue(category: Category): boolean {
    return this.sealed.rekey.includes(category);
  }

  /** What of this category is shared now. */
  grants(category: Category): PacketGrant[] {
    return this.sealed.grants
      .filter(({ categories }) => categories.includes(category))
      .map(({ grant, ...rest }) => ({ ...rest, grant: fromHex(grant) }));
  }

  /** A key for every clinic of a grant, as hex. */
  packets(category: Category, { epoch, key }: EpochKey, grant: PacketGrant): Promise<string[]> {
    const { clinics } = this.sealed;
    const [first] = grant.purposes;
    const purpose = first === undefined ? 0 : PURPOSES.indexOf(first) + 1;
    const made = grant.clinics.flatMap((grantee) => {
      const clinic = clinics.find((one) => one.clinic === grantee);
      if (clinic === undefined) return [];
      const granteeKey = fromHex(clinic.encryptionKey);
      const about = { category, epoch, grantee, granteeKey, grant: grant.grant, purpose, ends: grant.ends };
      const hybridKey = clinic.hybridKey === null ? undefined : fromHex(clinic.hybridKey);
      return [makePacket({ ...this.place, ...about }, key, this.signer, hybridKey)];
    });
    return Promise.all(made.map(async (packet) => toHex(encodePacket(await packet))));
  }

  private get place() {
    return { clinic: this.clinic, chart: this.chart };
  }
}

// A chain in a store whose two or three clinics vote and govern by hand: real certificates in real blocks, no mining.
import { sha256, signEd25519, signingKeyPair } from '#crypto';
import { EMPTY_BYTES } from '../../common/bytes.ts';
import { encodeBlock, transactionRoot } from '../../consensus/chain/block.ts';
import { encodeCertificate } from '../../consensus/chain/finality/certificate.ts';
import { voteMessage } from '../../consensus/chain/finality/vote.ts';
import { blockId, blockSigningHash } from '../../consensus/chain/header.ts';
import type { Header } from '../../consensus/chain/types.ts';
import { workOf } from '../../consensus/chain/work.ts';
import { type Genesis, genesisId } from '../../consensus/genesis.ts';
import { MEMBERS_APPROVE, MEMBERS_PROPOSE } from '../../consensus/ledger/kinds.ts';
import { type Change, encodeChange } from '../../consensus/ledger/members/change.ts';
import { encodeApprove, encodePropose, governanceMessage } from '../../consensus/ledger/members/types.ts';
import type { ChainView } from '../../consensus/ledger/members/view.ts';
import { childId, clinicBytes, objectId } from '../../consensus/ledger/objects.ts';
import { signTransaction } from '../../consensus/ledger/transaction.ts';
import type { SealedTransaction, Statement } from '../../consensus/ledger/types.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import type { ChainEntry, ChainStore, ChildRoots } from '../../node/store/ports.ts';
import { handle, register, testGenesis } from './chain-fixture.ts';

export const seedOf = (clinic: number, role: number): Uint8Array => sha256(Uint8Array.of(clinic, role));
export const keyOf = (clinic: number, role: number): Uint8Array => signingKeyPair(seedOf(clinic, role)).publicKey;
const AUTHOR = { type: 'clinic', clinic: 1 } as const;

export class FinalChain {
  readonly genesis: Genesis = testGenesis('final-chain');
  readonly genesisId = genesisId(this.genesis);
  readonly store: ChainStore;
  tip!: ChainEntry;
  roots!: ChildRoots;
  view!: ChainView;
  /** Role of the vote key that each clinic signs with: 3, and others after a change of it. */
  readonly voters = new Map([
    [1, 3],
    [2, 3],
  ]);
  readonly headers: Header[] = [];
  private sequence = 0;

  constructor(store: ChainStore) {
    this.store = store;
  }

  async open(): Promise<this> {
    const { tip, roots, view } = await this.store.open();
    Object.assign(this, { tip, roots, view });
    this.headers[tip.header.height] = tip.header;
    return this;
  }

  async add(transactions: readonly SealedTransaction[] = [], certificate: Uint8Array = EMPTY_BYTES): Promise<void> {
    const { tip } = this;
    const header: Header = {
      version: 1,
      height: tip.header.height + 1,
      parent: tip.id,
      txRoot: transactionRoot(
        certificate,
        transactions.map(({ witnessId }) => witnessId),
      ),
      ...this.roots,
      memberSet: this.view.set.id,
      signer: 1 + (tip.header.height % 2),
      timestamp: tip.header.timestamp + 4000,
      target: this.genesis.params.startTarget,
      extraNonce: 0n,
      nonce: 0n,
    };
    const id = blockId(header);
    const signature = signEd25519(seedOf(header.signer, 1), blockSigningHash(this.genesisId, id));
    const bytes = encodeBlock({ header, signature, certificate, transactions });
    await this.store.putBlock(id, bytes, tip.work + workOf(header.target));
    const { entry, roots, view } = await this.store.connect(id);
    this.headers[header.height] = header;
    Object.assign(this, { tip: entry, roots, view });
  }

  async undo(blocks: number): Promise<void> {
    for (let left = blocks; left > 0; left--) {
      const { view } = await this.store.disconnect();
      const tip = await this.store.entryAt(this.tip.header.height - 1);
      const { outcomeRoot, stateRoot, historyRoot } = this.headers[this.tip.header.height];
      Object.assign(this, { tip, view, roots: { outcomeRoot, stateRoot, historyRoot } });
    }
  }

  /** Empty blocks up to this height, each with the certificate for its epoch when `finalise` says so. */
  async grow(height: number, options: { readonly finalise?: boolean } = {}): Promise<void> {
    while (this.tip.header.height < height) {
      const at = this.tip.header.height + 1;
      // Three blocks stand on the target.
      const due = options.finalise === true && at % EPOCH_BLOCKS === 0 && at > EPOCH_BLOCKS;
      await this.add([], due ? this.certificate(at / EPOCH_BLOCKS - 1) : EMPTY_BYTES);
    }
  }

  /** All vote for the target, from what is justified. */
  certificate(epoch: number): Uint8Array {
    const from = this.view.justified.epoch;
    const source = this.headers[from * EPOCH_BLOCKS];
    const target = this.headers[epoch * EPOCH_BLOCKS];
    const link = {
      set: target.memberSet,
      source: { epoch: from, id: blockId(source) },
      target: { epoch, id: blockId(target) },
    };
    const message = voteMessage(this.genesisId, link);
    const votes = [...this.voters].map(([clinic, role]) => ({
      clinic,
      signature: signEd25519(seedOf(clinic, role), message),
    }));
    return encodeCertificate({ type: 'votes', link, votes });
  }

  registration(from: number, count = 1): SealedTransaction {
    const handles = Array.from({ length: count }, (_, n) => handle(from + n));
    return register(this.genesis, this.sequence++, handles, this.tip.header.timestamp);
  }

  /** Proposed with the governance key of clinic 1, approved with that of clinic 2. */
  governed(change: Change): SealedTransaction {
    const salt = sha256(Uint8Array.of(this.sequence)).subarray(0, 16);
    const content = encodeChange(change);
    const proposal = objectId(MEMBERS_PROPOSE, AUTHOR, salt);
    const approval = (clinic: number) => ({
      clinic,
      signature: signEd25519(seedOf(clinic, 0), governanceMessage(this.genesisId, proposal, content)),
    });
    const propose = encodePropose({ salt, expiry: this.tip.header.height + 100, approval: approval(1), content });
    const approve = encodeApprove({ proposal, approval: approval(2) });
    const child = childId(proposal, MEMBERS_APPROVE, clinicBytes(2));
    return this.signed([
      this.statement(MEMBERS_PROPOSE, proposal, propose),
      this.statement(MEMBERS_APPROVE, child, approve),
    ]);
  }

  /** By clinic 1. */
  statement(kind: number, object: Uint8Array, payload: Uint8Array, version = 1): Statement {
    const { timestamp } = this.tip.header;
    return {
      kind,
      author: AUTHOR,
      object,
      version,
      issued: timestamp,
      payload,
      attachment: undefined,
      signature: undefined,
    };
  }

  signed(statements: readonly Statement[]): SealedTransaction {
    const unsigned = { sender: keyOf(1, 1), sequence: this.sequence++, validUntil: 2000, statements };
    return signTransaction(this.genesisId, unsigned, (id) => signEd25519(seedOf(1, 1), id));
  }
}

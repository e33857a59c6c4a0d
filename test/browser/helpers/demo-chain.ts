// A made-up chain for pages to show: clinics with long, foreign and hostile names, applied and refused statements,
// full and empty blocks, one block that was left behind. Grows block by block; what is deep enough becomes final.
import { createHash } from 'node:crypto';
import { EPOCH_BLOCKS } from '../../../consensus/limits.ts';
import type { BlockView, StatementView, TransactionView } from '../../../rpc/schema/chain.ts';

export const INTERVAL = 2000;
export const CLINICS = [
  { number: 1, name: 'Northside', organisation: 1 },
  { number: 2, name: 'عيادة الرحمة 24', organisation: 1 },
  { number: 3, name: '<img src=x onerror="document.title=1"> Ward', organisation: 2 },
  { number: 4, name: `Saint ${'Bartholomew'.repeat(18)}`, organisation: 3 },
] as const;

export const idOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Blocks on top of a checkpoint when it becomes final. */
const FINAL_BELOW = 2 * EPOCH_BLOCKS;

export interface DemoBlock {
  readonly transactions: number;
  readonly statementsEach: number;
}

export class DemoChain {
  readonly blocks: BlockView[] = [];
  readonly replaced: BlockView;
  /** Height; stays where it is while the clinics do not vote. */
  final = 0;
  private readonly startedAt: number;
  private votes: boolean;

  constructor(length: number, now: number, { votes = true }: { votes?: boolean } = {}) {
    this.votes = votes;
    this.startedAt = now - length * INTERVAL;
    for (let height = 0; height < length; height++) {
      this.grow({ transactions: height % 5 === 3 ? 2 : 0, statementsEach: 2 });
    }
    const stale = this.make(length - 4, { transactions: 1, statementsEach: 1 }, ' left behind');
    this.replaced = { ...stale, status: 'replaced' };
  }

  get head(): BlockView {
    return this.blocks[this.blocks.length - 1] as BlockView;
  }

  grow(content: DemoBlock): BlockView {
    const block = this.make(this.blocks.length, content, '');
    const parent = this.blocks.at(-1);
    if (parent !== undefined) this.blocks[parent.height] = { ...parent, next: block.id };
    this.blocks.push(block);
    if (this.votes) this.finalise(EPOCH_BLOCKS * Math.floor((block.height - FINAL_BELOW) / EPOCH_BLOCKS));
    return block;
  }

  stopVoting(): void {
    this.votes = false;
  }

  resumeVoting(): void {
    this.votes = true;
  }

  private finalise(height: number): void {
    if (height <= this.final) return;
    for (let below = this.final; below <= height; below++)
      this.blocks[below] = finalOf(this.blocks[below] as BlockView);
    this.final = height;
  }

  transactions(): TransactionView[] {
    return this.blocks.flatMap(({ transactions }) => transactions);
  }

  statements(): StatementView[] {
    return this.transactions().flatMap(({ statements }) => statements);
  }

  private make(height: number, { transactions, statementsEach }: DemoBlock, salt: string): BlockView {
    const id = idOf(`block ${height}${salt}`);
    const block = { height, id, timestamp: this.startedAt + height * INTERVAL };
    const list = Array.from({ length: transactions }, (_, index) => transactionOf(block, index, statementsEach, salt));
    const root = (name: string) => idOf(`${name} ${height}`);
    const clinic = CLINICS[height % CLINICS.length] as (typeof CLINICS)[number];
    return {
      ...block,
      parent: height === 0 ? '0'.repeat(64) : idOf(`block ${height - 1}`),
      signer: height === 0 ? 0 : clinic.number,
      signerName: height === 0 ? null : clinic.name,
      status: 'applied',
      target: `0000${'f'.repeat(60)}`,
      work: String(65_536n * BigInt(height)),
      size: 240 + 900 * transactions,
      transactionCount: transactions,
      statementCount: transactions * statementsEach,
      version: 1,
      txRoot: root('tx'),
      outcomeRoot: root('outcome'),
      stateRoot: root('state'),
      historyRoot: root('history'),
      memberSet: 0,
      extraNonce: '0',
      nonce: String(height * 7919),
      signature: height === 0 ? null : idOf(`signature ${height}`).repeat(2),
      next: null,
      transactions: list,
    };
  }
}

function finalOf(block: BlockView): BlockView {
  const statusOf = <T extends StatementView | TransactionView>(one: T): T =>
    one.status === 'applied' ? { ...one, status: 'final' } : one;
  const transactions = block.transactions.map((transaction) =>
    statusOf({ ...transaction, statements: transaction.statements.map(statusOf) }),
  );
  return { ...block, status: 'final', transactions };
}

type BlockRef = NonNullable<TransactionView['block']>;

function transactionOf(block: BlockRef, index: number, statements: number, salt: string): TransactionView {
  const name = `transaction ${block.height} ${index}${salt}`;
  const clinic = CLINICS[(block.height + index) % CLINICS.length] as (typeof CLINICS)[number];
  return {
    id: idOf(name),
    witnessId: idOf(`witness ${name}`),
    sender: idOf(`sender ${clinic.number}`),
    clinic: clinic.number,
    clinicName: clinic.name,
    sequence: block.height,
    validUntil: block.height + 100,
    size: 900,
    signature: idOf(`signature ${name}`).repeat(2),
    status: 'applied',
    block,
    index,
    statements: Array.from({ length: statements }, (_, place) => statementOf(block, name, place, clinic)),
  };
}

function statementOf(
  block: BlockRef,
  transaction: string,
  index: number,
  clinic: (typeof CLINICS)[number],
): StatementView {
  const id = idOf(`statement ${transaction} ${index}`);
  const refused = index % 2 === 1;
  const applied = { result: 'applied' as const, code: null, message: null };
  const known = { result: 'known' as const, code: null, message: null };
  const refusal = { result: 'refused' as const, code: 'version', message: 'The object has another version.' };
  const register = {
    kind: 0x0401,
    name: 'patients.register',
    author: { type: 'clinic' as const, clinic: clinic.number, name: clinic.name },
    object: '0'.repeat(64),
    version: 0,
    payload: { handles: [idOf(`handle ${id} 0`), idOf(`handle ${id} 1`)] },
    outcome: { ...applied, entries: [applied, known] },
    status: 'applied' as const,
  };
  const suspend = {
    kind: 0x0305,
    name: 'accounts.suspend',
    author: { type: 'person' as const, key: idOf(`person ${clinic.number}`) },
    object: idOf(`account ${index}`),
    version: 2,
    payload: { account: idOf(`account ${index}`), note: '<script>document.title=1</script>', weight: 1200 },
    outcome: { ...refusal, entries: [] },
    status: 'refused' as const,
  };
  return {
    ...(refused ? suspend : register),
    id,
    issued: block.timestamp - 900,
    payloadHex: idOf(id),
    attachment: refused ? idOf(`attachment ${id}`) : null,
    signature: refused ? idOf(`signature ${id}`).repeat(2) : null,
    transaction: idOf(transaction),
    index,
    block,
  };
}

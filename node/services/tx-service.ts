// tx_*, mempool_status, outbox_list: statements in, and what became of them.
import { verifyEd25519 } from '#crypto';
import { equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import { Gcra } from '../../common/gcra.ts';
import { attachmentCommitment } from '../../consensus/ledger/attachment.ts';
import { REFUSALS, type Refusal, type RefusalName } from '../../consensus/ledger/codes.ts';
import { kindOf } from '../../consensus/ledger/kinds.ts';
import { decodeStatement, statementId } from '../../consensus/ledger/statement.ts';
import type { Attachment, Statement } from '../../consensus/ledger/types.ts';
import { mayAs, type Principal } from '../../rpc/access/principal.ts';
import { doorError } from '../../rpc/errors.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { StatementState } from '../../rpc/schema/shapes.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { MEMPOOL_BYTES, type Mempool } from '../mempool/mempool.ts';
import type { NewStatement, Outbox } from '../outbox/outbox.ts';
import type { OutboxRecord } from '../outbox/record.ts';
import type { StatementEvents } from '../statement-events.ts';
import { type ChainReader, recordState, recordStatus } from './chain-reader.ts';
import { ServiceError } from './errors.ts';
import { kindName } from './views.ts';

export type TxHandlers = Pick<Handlers, 'tx_submit' | 'tx_wait' | 'mempool_status' | 'outbox_list'>;

export interface TxServiceModules {
  readonly outbox: Outbox;
  readonly mempool: Mempool;
  readonly accounts: Accounts;
  readonly reader: ChainReader;
  readonly events: StatementEvents;
  readonly clock: Clock;
}

/** Statements of one person: the outbox, and what is obeyed from receipt, are the whole clinic's. */
export const PERSON_BUDGET = { rate: 2, burst: 1024 };
const MAX_PERSONS = 16_384;

type SubmitAnswer = Omit<StatementState, 'id'> & { id: string | null };

const RANK: Readonly<Record<StatementState['status'], number>> = {
  unknown: 0,
  queued: 1,
  pending: 2,
  applied: 3,
  final: 4,
  refused: 5,
};

export function txService(options: { genesisId: Uint8Array }, modules: TxServiceModules): TxHandlers {
  const { outbox, mempool, accounts, reader, events, clock } = modules;
  const persons = new Gcra({ ...PERSON_BUDGET, maxKeys: MAX_PERSONS }, { clock });
  return {
    tx_submit: async ({ statements }, { principal }) => {
      if (principal.kind === 'session') {
        const verdict = persons.take(principal.session.user, statements.length);
        if (!verdict.ok) throw doorError('rpc.rate-limited', { retryAfterMs: verdict.retryAfterMs });
      }
      const parsed = await Promise.all(
        statements.map(async (given) => {
          const made = await parse(options.genesisId, given);
          return 'id' in made ? ((await refusedAuthor(accounts, principal, made)) ?? made) : made;
        }),
      );
      const good = parsed.filter((item): item is NewStatement => 'id' in item);
      const records = await outbox.submit(good);
      for (const made of good) await accounts.onSubmitted(made);
      let next = 0;
      const answers = parsed.map((item): SubmitAnswer => {
        return 'id' in item ? recordState(records[next++]) : refusal(item.code, item.reason);
      });
      return { statements: answers };
    },

    tx_wait: async ({ statements, until, timeoutMs }, { signal }) => {
      const ids = statements.map((id) => fromHex(id));
      const settled = (state: StatementState): boolean => RANK[state.status] >= RANK[until];
      const open = new Set(statements);
      const check = async (): Promise<void> => {
        for (const id of [...open]) if (settled(await reader.state(fromHex(id)))) open.delete(id);
      };
      await events.waitUntil(check, () => open.size === 0, { ids: open, timeoutMs, signal, clock });
      const states = await Promise.all(ids.map((id) => reader.state(id)));
      return { reached: states.every(settled), statements: states };
    },

    mempool_status: async () => {
      const clinics = new Map<number, { transactions: number; bytes: number }>();
      let statements = 0;
      for (const entry of mempool.entries()) {
        const of = clinics.get(entry.sender.clinic) ?? { transactions: 0, bytes: 0 };
        clinics.set(entry.sender.clinic, { transactions: of.transactions + 1, bytes: of.bytes + entry.bytes });
        statements += entry.sealed.statementIds.length;
      }
      return {
        transactions: mempool.size,
        statements,
        bytes: mempool.bytes,
        maxBytes: MEMPOOL_BYTES,
        clinics: [...clinics].sort(([a], [b]) => a - b).map(([clinic, of]) => ({ clinic, ...of })),
      };
    },

    outbox_list: async ({ status, limit, after }, { principal }) => {
      const below = after === undefined ? Number.POSITIVE_INFINITY : cursor(after);
      const all = await seenBy(principal, outbox.list(), accounts);
      const wanted = all.filter(
        (record) => status === undefined || recordStatus(record, reader.finalHeight) === status,
      );
      const page = wanted.filter((record) => record.order < below).slice(0, limit);
      const last = page.at(-1);
      const more = last !== undefined && wanted.some((record) => record.order < last.order);
      return {
        entries: page.map((record) => {
          const state = recordState(record, reader.finalHeight);
          return {
            ...state,
            status: state.status === 'unknown' ? 'queued' : state.status,
            name: kindName(decodeStatement(record.statement).kind),
            made: record.made,
            validUntil: record.validUntil ?? null,
          };
        }),
        total: wanted.length,
        next: more ? String(last.order) : null,
      };
    },
  };
}

type Refused = { readonly code: string; readonly reason: string };
/** The operator and administrators see everything; others what their own device keys signed. */
async function seenBy(
  principal: Principal,
  records: readonly OutboxRecord[],
  accounts: Pick<Accounts, 'keyAccount'>,
): Promise<readonly OutboxRecord[]> {
  if (mayAs(principal, 'admin')) return records;
  const account = principal.kind === 'session' ? principal.session.account : null;
  if (account === null) return [];
  const owners = new Map<string, string | undefined>();
  const own: OutboxRecord[] = [];
  for (const record of records) {
    const { author, object } = decodeStatement(record.statement);
    if (author.type !== 'person') continue;
    const key = toHex(author.key);
    if (!owners.has(key)) {
      const owner = await accounts.keyAccount(author.key);
      owners.set(key, owner === undefined ? undefined : toHex(owner.account));
    }
    // The statement that makes the account names it before the chain knows its key.
    if ((owners.get(key) ?? toHex(object)) === account) own.push(record);
  }
  return own;
}

type Parsed = NewStatement | Refused;

/** Under the ledger's own names: what it would refuse at the next block is refused from receipt. */
async function refusedAuthor(
  accounts: Accounts,
  principal: Principal,
  { statement: bytes }: NewStatement,
): Promise<Refused | undefined> {
  const statement = decodeStatement(bytes);
  const { account, standing } = await accounts.speaker(statement);
  if (standing === 'suspended') return refusalAs('account-suspended');
  if (standing === 'ended') return refusalAs('key-ended');
  if (principal.kind !== 'session') return undefined;
  // by a key made for one object, which says nothing of whose it is: the caller's quota is what bounds it
  if (account === undefined && isOfOwnKey(statement.kind)) return undefined;
  const own = principal.session.account;
  if (own !== null && account !== undefined && toHex(account) === own) return undefined;
  return { code: 'tx.not-yours', reason: 'the statement is not by a device of your own account' };
}

/** Consents and take-overs (PROTOCOL 4.11). */
function isOfOwnKey(kind: number): boolean {
  const known = kindOf(kind);
  return known?.ownKey === true && known.family !== 'accounts';
}

function refusalAs(name: RefusalName): Refused {
  const { sentence } = REFUSALS.find((refusal) => refusal.name === name) as Refusal;
  return { code: name, reason: sentence };
}

/** Statements of persons only: what the clinic itself states goes through the methods of its area. */
async function parse(
  genesisId: Uint8Array,
  given: { statement: string; attachment?: { salt: string; bytes: string } },
): Promise<Parsed> {
  let statement: Statement;
  const bytes = fromHex(given.statement);
  try {
    statement = decodeStatement(bytes);
  } catch (error) {
    return { code: codeOf(error) ?? 'codec.value', reason: 'the bytes are no statement' };
  }
  const id = statementId(genesisId, statement);
  if (statement.author.type !== 'person' || statement.signature === undefined) {
    return { code: 'tx.author', reason: 'statements of a clinic are made by the methods of their area' };
  }
  if (!(await verifyEd25519(statement.author.key, id, statement.signature))) {
    return { code: 'tx.signature', reason: "the signature is not the author's" };
  }
  let attachment: Attachment | undefined;
  if (given.attachment !== undefined) {
    attachment = { salt: fromHex(given.attachment.salt), bytes: fromHex(given.attachment.bytes) };
    const committed = statement.attachment;
    if (committed === undefined || !equalBytes(attachmentCommitment(attachment), committed)) {
      return { code: 'tx.attachment', reason: 'the statement does not commit to this attachment' };
    }
  } else if (statement.attachment !== undefined) {
    return { code: 'tx.attachment', reason: 'the attachment that the statement commits to is missing' };
  }
  return { id, statement: bytes, attachment, role: 'node' };
}

function refusal(code: string, reason: string): SubmitAnswer {
  return { id: null, status: 'refused', transaction: null, height: null, outcome: null, code, reason };
}

function cursor(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new ServiceError({ code: 'rpc.bad-cursor' });
  return Number(text);
}

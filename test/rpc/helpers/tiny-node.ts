// A small node behind the doors: every method of the port over a chain of made-up blocks and lists in memory.
import { createHash } from 'node:crypto';
import { CodedError } from '../../../common/errors.ts';
import { doorError } from '../../../rpc/errors.ts';
import type { ChainExport, Handlers } from '../../../rpc/ports.ts';
import type { BlockSummary, BlockView, StatementView } from '../../../rpc/schema/chain.ts';
import { SERVICE_METHODS } from '../../../rpc/schema/methods.ts';
import type { PatientOutcome } from '../../../rpc/schema/patient.ts';
import type { StatementState } from '../../../rpc/schema/shapes.ts';
import type { ThreatReport } from '../../../rpc/schema/threat.ts';
import { memberHandlers } from './tiny-members.ts';
import { proofHandlers } from './tiny-proofs.ts';

class TinyError extends CodedError<{ code: string; detail?: string }> {}

export const idOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const CREATED = 1_760_000_000_000;
const clinic = { number: 1, name: 'Northside', organisation: 1 };

export function summaryOf(height: number): BlockSummary {
  const id = idOf(`block ${height}`);
  const parent = height === 0 ? idOf('genesis') : idOf(`block ${height - 1}`);
  const counts = { size: 300, transactionCount: height === 0 ? 0 : 1, statementCount: height === 0 ? 0 : 1 };
  const timestamp = CREATED + 2000 * height;
  const signer = { signer: height === 0 ? 0 : 1, signerName: height === 0 ? null : clinic.name };
  return { height, id, parent, timestamp, ...signer, status: 'applied', target: idOf('target'), work: '1', ...counts };
}

export function stateOf(id: string, status: StatementState['status'] = 'queued'): StatementState {
  return { id, status, transaction: null, height: null, outcome: null, code: null, reason: null };
}

function statementAt(height: number): StatementView {
  const block = { height, id: idOf(`block ${height}`), timestamp: CREATED + 2000 * height };
  return {
    id: idOf(`statement ${height}`),
    kind: 0x0401,
    name: 'patients.register',
    author: { type: 'clinic', clinic: 1, name: clinic.name },
    object: '0'.repeat(64),
    version: 0,
    issued: block.timestamp,
    payload: { handles: [idOf(`patient ${height}`)] },
    payloadHex: '00',
    attachment: null,
    signature: null,
    status: 'applied',
    outcome: { result: 'applied', code: null, message: null, entries: [] },
    transaction: idOf(`transaction ${height}`),
    index: 0,
    block,
  };
}

export function blockOf(height: number, heads: number): BlockView {
  const summary = summaryOf(height);
  const { id, timestamp } = summary;
  const transaction = {
    id: idOf(`transaction ${height}`),
    witnessId: idOf(`witness ${height}`),
    sender: idOf('sender'),
    clinic: 1,
    clinicName: clinic.name,
    sequence: Math.max(0, height - 1),
    validUntil: height + 100,
    size: 200,
    signature: 'ab'.repeat(64),
    status: 'applied' as const,
    block: { height, id, timestamp },
    index: 0,
    statements: [statementAt(height)],
  };
  const root = idOf(`root ${height}`);
  const roots = { txRoot: root, outcomeRoot: root, stateRoot: root, historyRoot: root };
  const rest = { version: 1, memberSet: 0, extraNonce: '0', nonce: String(height), signature: 'cd'.repeat(64) };
  const next = height + 1 < heads ? idOf(`block ${height + 1}`) : null;
  return { ...summary, ...roots, ...rest, next, transactions: height === 0 ? [] : [transaction] };
}

export class TinyNode implements ChainExport {
  readonly blockCount: number;
  readonly patients = new Map<string, string>();
  readonly reports = new Map<string, ThreatReport>();
  readonly submitted = new Map<string, StatementState>();
  ready = true;
  /** Blocks that the export has been asked for. */
  exported = 0;
  readonly handlers: Handlers;
  /** Methods that this node answers; people and their accounts have tests and nodes of their own. */
  readonly answered: ReadonlySet<string>;

  constructor(blockCount = 12) {
    this.blockCount = blockCount;
    const own: Partial<Handlers> = {
      ...this.nodeMethods(),
      ...this.chainMethods(),
      ...this.writingMethods(),
      ...this.miningMethods(),
      ...memberHandlers(blockCount),
      ...proofHandlers(blockCount),
    };
    this.answered = new Set([...Object.keys(own), 'subscribe', 'unsubscribe', 'rpc.discover']);
    const absent = Object.keys(SERVICE_METHODS).map((name) => [name, () => Promise.reject(doorError('rpc.not-found'))]);
    this.handlers = { ...(Object.fromEntries(absent) as Handlers), ...own };
  }

  async *blocks(signal: AbortSignal): AsyncGenerator<BlockView> {
    for (let height = 0; height < this.blockCount && !signal.aborted; height++) {
      this.exported++;
      yield blockOf(height, this.blockCount);
    }
  }

  private nodeMethods() {
    const head = (): { height: number; id: string; timestamp: number } => {
      const { height, id, timestamp } = summaryOf(this.blockCount - 1);
      return { height, id, timestamp };
    };
    const common = {
      clinic,
      network: 'test',
      genesis: idOf('genesis'),
      version: '0.0.0',
      reasons: [],
      final: { height: 0, id: null },
      peers: 0,
      members: 1,
      claims: ['Identifiers can be enumerated by the holders of the key'],
      sync: { phase: 'idle' as const, done: 0, total: 0 },
      now: CREATED,
      blockInterval: 2000,
    };
    return {
      node_health: async () => ({ ...common, ready: this.ready, head: head() }),
      node_status: async () => ({
        ...common,
        clinic: { ...clinic, organisationName: 'Aspen' },
        ready: this.ready,
        head: { ...head(), stateRoot: idOf('state'), work: '12' },
        syncing: false,
        clock: { offsetMs: 0, alarm: false },
        disk: { free: null, low: false },
        eventLoop: { p99Ms: 1.5, late: false },
        mempool: { transactions: 0, bytes: 0 },
        outbox: { queued: 0, pending: 0, refused: 0 },
        mining: { enabled: false, hashesPerSecond: 0 },
        peerId: 'peer',
        threatKey: { epoch: 1, since: CREATED, sealing: 1, missing: [], overdue: false },
        certificate: null,
        addresses: [],
        startedAt: CREATED,
        uptimeMs: 0,
        memoryBytes: 0,
        defaults: { country: 'US', idType: 'ssn' },
      }),
      peer_list: async () => ({ peers: [] }),
      peer_ban: async ({ peer, reason }) => ({ peerId: peer, clinic: 2, banned: { since: CREATED, reason } }),
      peer_unban: async ({ peer }) => ({ peerId: peer, clinic: 2 }),
      node_config: async () => ({ config: { port: 8641 } }),
      key_list: async () => ({ keys: [{ role: 'node', type: 'ed25519' as const, publicKey: idOf('node key') }] }),
      member_list: async () => ({
        memberSet: 0,
        previousSet: null,
        next: null,
        governance: 'clinic' as const,
        organisations: [{ number: 1, name: 'A' }],
        members: [],
      }),
    } satisfies Partial<Handlers>;
  }

  private chainMethods() {
    const heightOf = (text: string, code: string): number => {
      for (let height = 0; height < this.blockCount; height++) if (idOf(`${code} ${height}`) === text) return height;
      throw new TinyError({ code: `chain.unknown-${code}` });
    };
    return {
      chain_head: async () => ({
        ...summaryOf(this.blockCount - 1),
        stateRoot: idOf('state'),
        final: { height: 0, id: null },
      }),
      chain_block: async (params) => {
        const height = 'height' in params ? params.height : heightOf(params.id, 'block');
        if (height >= this.blockCount) throw new TinyError({ code: 'chain.unknown-block', detail: String(height) });
        return blockOf(height, this.blockCount);
      },
      chain_blocks: async ({ before = this.blockCount, limit }) => {
        const top = Math.min(before, this.blockCount);
        const heights = Array.from({ length: Math.min(limit, top) }, (_, index) => top - 1 - index);
        return { blocks: heights.map(summaryOf), next: (heights.at(-1) ?? 0) || null };
      },
      chain_transaction: async ({ id }) => blockOf(heightOf(id, 'transaction'), this.blockCount).transactions[0],
      chain_statement: async ({ id }) => statementAt(heightOf(id, 'statement')),
      chain_search: async ({ query }) => {
        const matches = /^\d+$/.test(query) && Number(query) < this.blockCount ? [summaryOf(Number(query))] : [];
        return { matches: matches.map(({ id, height }) => ({ type: 'block' as const, id, height })) };
      },
    } satisfies Partial<Handlers>;
  }

  private writingMethods() {
    const register = (number: string | undefined) => {
      if (number === undefined) return answer('ignored', null);
      const pid = `wm1${idOf(number).slice(0, 20)}`;
      const known = this.patients.has(pid);
      this.patients.set(pid, number);
      return answer(known ? 'known' : 'registered', pid);
    };
    const answer = (outcome: PatientOutcome, pid: string | null) => {
      const sent = outcome === 'registered' ? { statement: idOf(String(pid)), status: 'queued' as const } : NOT_SENT;
      return { outcome, pid, ...sent, code: null, reason: null };
    };
    const find = (patient: string) => {
      if (!/^[\w -]+$/.test(patient)) throw new TinyError({ code: 'patient.bad-number' });
      return [...this.patients].find(([pid, number]) => pid === patient || number === patient);
    };
    return {
      tx_submit: async ({ statements }) => ({
        statements: statements.map(({ statement }) => {
          if (statement === '') return { ...stateOf('', 'refused'), id: null, code: 'tx.malformed', reason: 'empty' };
          const state = stateOf(idOf(statement));
          this.submitted.set(state.id, state);
          return state;
        }),
      }),
      tx_wait: async ({ statements, timeoutMs }, { signal }) => {
        const states = statements.map((id) => this.submitted.get(id) ?? stateOf(id, 'unknown'));
        const reached = states.every(({ status }) => status !== 'unknown');
        if (!reached) await waitUntil(timeoutMs, signal);
        return { reached, statements: states };
      },
      mempool_status: async () => ({ transactions: 0, statements: 0, bytes: 0, maxBytes: 1, clinics: [] }),
      outbox_list: async ({ limit }) => ({
        entries: [...this.submitted.values()].slice(0, limit).map((state) => ({
          ...state,
          status: 'queued' as const,
          name: 'patients.register',
          made: CREATED,
          validUntil: null,
        })),
        total: this.submitted.size,
        next: null,
      }),
      patient_register: async ({ patients }) => ({
        patients: patients.map((patient) => register('number' in patient ? (patient.number as string) : undefined)),
      }),
      patient_get: async ({ patient }) => {
        const found = find(patient);
        const pid = found?.[0] ?? `wm1${idOf(patient).slice(0, 20)}`;
        const clinics = found === undefined ? [] : [1];
        const registered = found !== undefined;
        return { pid, registered, transaction: null, statement: null, status: null, height: null, clinics };
      },
      patient_history: async ({ patient }) => ({ pid: find(patient)?.[0] ?? 'wm1', events: [] }),
      patient_import: async ({ resources }) => ({
        items: resources.map(({ line, text }) => {
          const resource = JSON.parse(text) as { resourceType?: string; id?: string };
          return { line, ...register(resource.resourceType === 'Patient' ? String(resource.id) : undefined) };
        }),
      }),
      threat_block: async ({ address, reason }) => {
        if (!/^[\da-f.:]+$/.test(address)) throw new TinyError({ code: 'threat.bad-address' });
        const statement = idOf(address);
        const place = { clinic: 1, clinicName: clinic.name, organisation: 1, issued: CREATED, expires: null };
        const report = {
          address,
          reason,
          mode: 'manual' as const,
          lasting: false,
          ...place,
          statement,
          transaction: null,
          disputes: [],
          stoppedUntil: null,
        };
        this.reports.set(address, { ...report, status: 'queued' });
        return { address, statement, status: 'queued', expires: null, lasting: false };
      },
      threat_unblock: async ({ address }) => {
        if (!this.reports.delete(address)) throw new TinyError({ code: 'threat.not-blocked' });
        return { address, revoked: [{ statement: idOf(address), status: 'queued' }] };
      },
      threat_list: async ({ limit }) => ({
        threats: [...this.reports.values()].slice(0, limit).map((report) => ({ ...report, verdict: 'block' as const })),
        next: null,
      }),
      threat_check: async ({ address }) => {
        const report = this.reports.get(address);
        const reports = report === undefined ? [] : [report];
        return { address, verdict: report ? 'block' : 'allow', reasons: report ? ['reported here'] : [], reports };
      },
    } satisfies Partial<Handlers>;
  }

  private miningMethods() {
    return {
      mining_status: async () => ({
        enabled: false,
        kernel: 'none',
        threads: 0,
        duty: 0,
        hashesPerSecond: 0,
        height: null,
        found: 0,
      }),
      mining_stats: async () => ({
        blocks: this.blockCount,
        medianIntervalMs: 2000,
        target: idOf('target'),
        difficulty: '1100000',
        hashesPerSecond: 550_000,
        signers: 1,
        statementsPerSecond: 0.5,
      }),
      mining_leaderboard: async () => ({
        basis: 'applied' as const,
        height: this.blockCount - 1,
        miners: [{ rank: 1, clinic: 1, name: clinic.name, blocks: 11, share: 1, credits: '11', lastBlock: null }],
      }),
      wallet_list: async () => ({
        wallets: [{ clinic: 1, name: clinic.name, balance: '11', received: '11', sent: '0' }],
        next: null,
      }),
      wallet_transfer: async ({ to, amount }) => {
        if (BigInt(amount) > 11n) throw new TinyError({ code: 'wallet.too-little' });
        return { statement: idOf(`transfer ${to}`), status: 'queued' };
      },
    } satisfies Partial<Handlers>;
  }
}

const NOT_SENT = { statement: null, status: null };

function waitUntil(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

// What a clinic makes of threat statements that it only received: of reports that name what is another's, before their
// attachments or keys are here. Clinic 1 looks on, clinic 2 is honest, clinic 3 lies; each is an organisation.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signEd25519, signingKeyPair } from '#crypto';
import { benchNetwork, numbered } from '../../../bench/lib/ledger.ts';
import { fromHex, toHex } from '../../../common/bytes.ts';
import { createLogger } from '../../../common/logger.ts';
import { attachmentCommitment, encodeAttachment } from '../../../consensus/ledger/attachment.ts';
import { decodeStatement } from '../../../consensus/ledger/statement.ts';
import { encodeTransaction, signTransaction } from '../../../consensus/ledger/transaction.ts';
import type { Attachment, SealedTransaction, Statement } from '../../../consensus/ledger/types.ts';
import { formatNetwork, type Network as GatewayNetwork, parseNetwork } from '../../../gateway/address.ts';
import { Blocklist } from '../../../gateway/blocklist.ts';
import { networkBytes } from '../../../gateway/network-codec.ts';
import { NeverBlock } from '../../../gateway/never-block.ts';
import { Attachments } from '../../../node/attachments.ts';
import { ClinicAuthor } from '../../../node/clinic-author.ts';
import { MemberSets } from '../../../node/members/member-sets.ts';
import type { NewStatement } from '../../../node/outbox/outbox.ts';
import { AttachmentDatabase } from '../../../node/store/attachment-database.ts';
import type { ChainStore } from '../../../node/store/ports.ts';
import { makeDispute, makeReport, makeRevocation } from '../../../node/threats/make.ts';
import { MAX_PER_COMMITMENT, PendingReports } from '../../../node/threats/pending-reports.ts';
import { ATTACHMENT_GRACE } from '../../../node/threats/reports.ts';
import { Threats } from '../../../node/threats/threats.ts';
import { Trust } from '../../../node/threats/trust.ts';
import { decodeHashes, encodeBundle } from '../../../node/wire.ts';
import type { Network } from '../../../p2p/ports.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';
import { TraceSearch } from '../../helpers/traces.ts';
import { waitFor } from '../../helpers/wait-for.ts';
import { temporaryDirectory } from '../../store/chain-fixture.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ADDRESS = '203.0.113.7';
const KEY = { epoch: 1, key: new Uint8Array(32).fill(7) };
const bench = benchNetwork(3);
const T = bench.genesis.params.blockInterval;
const logger = createLogger({ level: 'silent' });

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let clock: ManualClock;
let database: AttachmentDatabase;
let attachments: Attachments;
/** What a peer holds, by commitment, and the keys that are here. */
let held: Map<string, Attachment>;
let keys: (typeof KEY)[];
let threats: Threats;
let isStoreGone: boolean;

beforeEach(async () => {
  directory = await temporaryDirectory();
  clock = new ManualClock(1_790_000_000_000);
  database = new AttachmentDatabase({ path: directory.path });
  await database.open();
  held = new Map();
  keys = [KEY];
  const network: Pick<Network, 'peers' | 'request'> = {
    peers: () => [{ peerId: 'peer', address: '', direction: 'outbound', since: 0, gossip: true, score: 0 }] as never,
    async *request(_peer, _protocol, request) {
      for (const commitment of decodeHashes(request)) {
        const attachment = held.get(toHex(commitment));
        if (attachment !== undefined) yield encodeAttachment(attachment);
      }
    },
  };
  attachments = new Attachments({ database, network: network as Network, clock, logger });
  isStoreGone = false;
  const demandStore = () => {
    if (isStoreGone) throw new Error('the database of the chain is gone');
  };
  const store = {
    states: async (rows: readonly Uint8Array[]) => {
      demandStore();
      return rows.map(() => undefined);
    },
    stateRange: async () => {
      demandStore();
      return [];
    },
  } as Partial<ChainStore> as ChainStore;
  const neverBlock = new NeverBlock({ documentationBlockable: true });
  const blocklist = new Blocklist({ blockInterval: T, threatMaxLife: 7 * DAY }, { neverBlock });
  threats = new Threats(
    { genesisId: bench.id, clinic: 1, organisation: 1, maxLife: 7 * DAY, blockInterval: T },
    {
      keys: {
        get opening() {
          return keys;
        },
        sealing: () => KEY,
      },
      ...{ blocklist, neverBlock, attachments, store, clock, logger },
      trust: new Trust({ organisation: 1 }, { blocklist, store, clock }),
      members: new MemberSets({ genesis: bench.genesis }, store),
    },
  );
  attachments.start();
  await threats.start();
});

afterEach(async () => {
  threats.stop();
  await attachments.stop();
  await directory.remove();
});

function authorOf(clinic: number): ClinicAuthor {
  return new ClinicAuthor({ genesisId: bench.id, clinic }, { clock });
}

function reportBy(clinic: number, life = HOUR): NewStatement {
  const facts = { mode: 'manual', category: 'scan', severity: 100, score: 0, requests: 0, failures: 0 } as const;
  const now = clock.now();
  const given = { ...facts, network: parseNetwork(ADDRESS), now, expires: now + life };
  return makeReport(authorOf(clinic), KEY, given).made;
}

let sequence = 0;

function sent(clinic: number, statement: Statement): SealedTransaction {
  const seed = numbered('gateway', clinic);
  const sender = signingKeyPair(seed).publicKey;
  const unsigned = { sender, sequence: sequence++, validUntil: 100, statements: [statement] };
  return signTransaction(bench.id, unsigned, (id) => signEd25519(seed, id));
}

async function receive(clinic: number, statement: Statement, attachment?: Attachment): Promise<void> {
  await threats.onReceived({
    sealed: sent(clinic, statement),
    attachments: attachment === undefined ? [] : [attachment],
  });
}

/** A report of its own that names the attachment of somebody else's. */
function copying(clinic: number, honest: NewStatement, life?: number): Statement {
  const { attachment } = decodeStatement(honest.statement);
  return { ...decodeStatement(reportBy(clinic, life).statement), attachment };
}

const verdict = () => threats.check(ADDRESS).judgement.verdict;

describe('reports that name the attachment of another one', () => {
  it('do not stand in its place while the attachment is missing, whatever end they name', async () => {
    const honest = reportBy(2, DAY);
    await receive(2, decodeStatement(honest.statement));
    await receive(3, copying(3, honest, 1));
    await clock.advanceAsync(T);
    await clock.advanceAsync(ATTACHMENT_GRACE);
    held.set(toHex(decodeStatement(honest.statement).attachment!), honest.attachment!);
    // Over as what was only received, and it is still looked for.
    await waitFor(async () => {
      await clock.advanceAsync(1_000);
      return (await attachments.get(attachmentCommitment(honest.attachment!))) !== undefined;
    });
  });

  it('do not stand in its place when the attachment comes', async () => {
    const honest = reportBy(2);
    await receive(2, decodeStatement(honest.statement));
    await receive(3, copying(3, honest));
    expect(verdict()).toBe('allow');
    held.set(toHex(decodeStatement(honest.statement).attachment!), honest.attachment!);
    await waitFor(async () => {
      await clock.advanceAsync(1_000);
      return verdict() === 'challenge';
    });
  });

  it('do not stand in its place when the key comes', async () => {
    keys = [];
    const honest = reportBy(2);
    await receive(2, decodeStatement(honest.statement), honest.attachment);
    await receive(3, copying(3, honest), honest.attachment);
    expect(verdict()).toBe('allow');
    keys = [KEY];
    await threats.unlock();
    expect(verdict()).toBe('challenge');
  });

  it('do not make it live longer, nor shorter', async () => {
    const honest = reportBy(2);
    const { attachment } = honest;
    await receive(3, copying(3, honest, 1_000), attachment);
    await receive(2, decodeStatement(honest.statement), attachment);
    await receive(3, copying(3, honest, 7 * DAY), attachment);
    const end = clock.now() + HOUR + ATTACHMENT_GRACE;
    expect(await database.sweep(end - 1)).toBe(0);
    expect(await database.sweep(end)).toBe(1);
  });
});

describe('with the database of the chain gone', () => {
  it('property 34: fault tolerance: what is known goes on, the own organisation is heeded, and the rest comes with its block', async () => {
    const before = reportBy(2, DAY);
    await receive(2, decodeStatement(before.statement), before.attachment);
    expect(verdict()).toBe('challenge');
    isStoreGone = true;
    expect(verdict()).toBe('challenge');
    // what others say needs the chain to be weighed, what the own organisation says does not
    const foreign = reportBy(3, DAY);
    await expect(receive(3, decodeStatement(foreign.statement), foreign.attachment)).rejects.toThrow('is gone');
    expect(verdict()).toBe('challenge');
    const own = reportBy(1, DAY);
    await receive(1, decodeStatement(own.statement), own.attachment);
    expect(verdict()).toBe('block');
    const { object } = decodeStatement(own.statement);
    await receive(1, decodeStatement(makeRevocation(authorOf(1), object, 1, 'resolved').statement));
    expect(verdict()).toBe('challenge');
    // back, without help: who was not weighed is, as soon as it comes again
    isStoreGone = false;
    await receive(3, decodeStatement(foreign.statement), foreign.attachment);
    expect(verdict()).toBe('block');
  });
});

describe('what others hear of an address', () => {
  it('property 5: privacy preservation: no message holds it, in any encoding', () => {
    // no zeros: two bytes of them stand in every message
    const word = fc.integer({ min: 0x21212121, max: 0xdfdfdfdf });
    const networks = fc.oneof(
      word.map((high): GatewayNetwork => ({ family: 4, prefix: 32, high, low: 0 })),
      fc.tuple(word, word).map(([high, low]): GatewayNetwork => ({ family: 6, prefix: 64, high, low })),
    );
    fc.assert(
      fc.property(networks, (network) => {
        const address = formatNetwork(network);
        const search = new TraceSearch();
        // a text of less than eight characters occurs by chance
        search.add(address);
        const bytes = networkBytes(network);
        search.add(bytes, address);
        const facts = { mode: 'manual', category: 'scan', severity: 100, score: 0, requests: 0, failures: 0 } as const;
        const now = clock.now();
        const { made, report } = makeReport(authorOf(1), KEY, { ...facts, network, now, expires: now + DAY });
        const statements = [
          made,
          makeRevocation(authorOf(1), report, 1, 'resolved'),
          makeDispute(authorOf(2), report, 'never-block'),
        ];
        for (const one of statements) {
          const transaction = encodeTransaction(sent(1, decodeStatement(one.statement)).transaction);
          const attached = one.attachment === undefined ? [] : [one.attachment];
          const message = Buffer.from(encodeBundle({ transaction, attachments: attached }));
          expect(search.in(message, 'a message')).toEqual([]);
          // four bytes of one address, in a message of a few hundred
          expect(message.includes(Buffer.from(bytes.subarray(2)))).toBe(false);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('statements that are dated ahead', () => {
  it('have no effect from receipt when no block would take them', async () => {
    const honest = reportBy(1, DAY);
    const { object } = decodeStatement(honest.statement);
    await receive(1, decodeStatement(honest.statement), honest.attachment);
    expect(verdict()).toBe('block');
    const revoking = (ahead: number) =>
      decodeStatement(makeRevocation(authorOf(1), object, 1, 'resolved', clock.now() + ahead).statement);
    for (const ahead of [1_000 * 365 * DAY, 120_001]) await receive(1, revoking(ahead));
    expect(verdict()).toBe('block');
    await clock.advanceAsync(1_000);
    // Said again since: what was dated ahead would have answered it too.
    const again = reportBy(1, DAY);
    await receive(1, decodeStatement(again.statement), again.attachment);
    expect(verdict()).toBe('block');
    await receive(1, revoking(119_000));
    expect(verdict()).toBe('allow');
  });
});

describe('reports that wait', () => {
  const source = (organisation: number, name: string) =>
    ({
      statement: { object: numbered(name) },
      sender: { clinic: organisation, organisation, role: 'gateway' },
    }) as unknown as Parameters<PendingReports['put']>[1];

  it('are crowded out by their own organisation alone, for one attachment and in all', () => {
    const pending = new PendingReports({ maxReports: 20 });
    const commitment = fromHex('aa'.repeat(32));
    for (let n = 0; n < 10; n++) pending.put(commitment, source(3, `same ${n}`));
    pending.put(commitment, source(2, 'honest'));
    expect(pending.size).toBe(MAX_PER_COMMITMENT + 1);
    for (let n = 0; n < 100; n++) pending.put(numbered(`other ${n}`), source(3, `${n}`));
    expect(pending.size).toBe(20);
    expect(pending.take(commitment).map(({ sender }) => sender.organisation)).toEqual([2]);
    expect(pending.takeAll()).toHaveLength(19);
    expect(pending.size).toBe(0);
  });
});

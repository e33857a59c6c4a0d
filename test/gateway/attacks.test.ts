// The ten attacks of one hostile organisation, and of two together, on the list of another organisation (GATEWAY, rules of
// trust): none gets anybody refused there, except two together, for a day at most and until two others dispute it. What the
// chain makes of reports comes from the ledger itself. Organisation 1 is clinics 1 and 2; 2 is clinic 3; 3 is clinic 4.
import { describe, expect, it } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { decodePayload } from '../../consensus/ledger/payload.ts';
import { findThreat } from '../../consensus/ledger/threats/apply.ts';
import { suspendedAt } from '../../consensus/ledger/threats/dispute.ts';
import { findTrust } from '../../consensus/ledger/threats/trust/organisation-row.ts';
import { findTag } from '../../consensus/ledger/threats/trust/tag-row.ts';
import { readReport } from '../../consensus/ledger/threats/types.ts';
import type { Statement } from '../../consensus/ledger/types.ts';
import { type Network, parseNetwork } from '../../gateway/address.ts';
import { Blocklist, type ThreatVerdict } from '../../gateway/blocklist.ts';
import { NeverBlock } from '../../gateway/never-block.ts';
import { parseGlob } from '../../gateway/signatures/glob.ts';
import { SignatureMatcher } from '../../gateway/signatures/matcher.ts';
import { flawOf, MAX_LITERALS, type Signature } from '../../gateway/signatures/signature.ts';
import { START, T, TestLedger } from '../consensus/ledger/fixture.ts';
import { said } from '../consensus/ledger/refusals.ts';
import { DAY, dispute, report, reportOf, revoke } from '../consensus/ledger/threat-statements.ts';
import { requestFacts } from './facts.ts';
import { entryOf, tagOf } from './generators.ts';

const PATIENT = parseNetwork('203.0.113.77');
const HEALTH_GATEWAY = '198.51.100.0/28';
const OTHER_CLINIC = '203.0.113.0/28';

/** The chain, and the list of one clinic that follows it. */
class World {
  readonly ledger = new TestLedger();
  readonly neverBlock = new NeverBlock({ documentationBlockable: true });
  readonly list = new Blocklist({ blockInterval: T, threatMaxLife: 7 * DAY }, { neverBlock: this.neverBlock });
  private made = 0;

  constructor() {
    this.neverBlock.setMembers([OTHER_CLINIC, HEALTH_GATEWAY]);
    this.list.setOrganisations(3);
  }

  get now(): number {
    return this.ledger.time;
  }

  /** Statements of one clinic in as many transactions as they need. Returns outcomes. */
  block(clinic: number, statements: readonly Statement[]): string[] {
    const sends = [];
    for (let i = 0; i < statements.length; i += 60) sends.push({ clinic, statements: statements.slice(i, i + 60) });
    return this.ledger.block(sends).outcomes.flat().map(said);
  }

  report(clinic: number, network: Network, fields = {}): Statement {
    const { family, prefix } = network;
    const facts = { family, prefix, tag: tagOf(network), expires: this.now + DAY, ...fields };
    return report(clinic, `made ${this.made++}`, facts, { issued: this.now });
  }

  /** As a clinic does: what a block holds, with what the chain says of it. */
  follow(statement: Statement, network: Network): void {
    const row = findThreat(this.ledger.state, statement.object);
    if (row === undefined) return;
    const { clinic, organisation, standing, expires, keyEpoch, tag, mode, category } = row;
    const facts = { organisation, clinic, standing, expires, keyEpoch, tag: tag.slice(), mode, category };
    const times = { issuedAt: row.issued, receivedAt: this.now };
    this.list.add(entryOf({ reportId: statement.object, network, ...facts, ...times }), this.now);
    this.settle(network);
  }

  settle(network: Network): void {
    const tagged = { keyEpoch: 1, tag: tagOf(network) };
    const { disputers, bars } = findTag(this.ledger.state, tagged);
    const suspended = bars.map((bar) => ({ organisation: bar.organisation, at: suspendedAt(bar) }));
    this.list.settleTag(tagged, { disputers, suspended });
    const stopped = [1, 2, 3].filter((one) => findTrust(this.ledger.state, one)?.stopped);
    this.list.setStopped(new Set(stopped));
  }

  at(network: Network | string, own = 2): ThreatVerdict {
    return this.list.verdictFor(network, own, this.now).verdict;
  }
}

const host = (i: number): Network => ({ family: 4, prefix: 32, high: (0x08080000 + i) >>> 0, low: 0 });

describe('one hostile organisation', () => {
  it('(i) reports the national health gateway: no effect anywhere, and its sharing stops when two others say so', () => {
    const world = new World();
    const reports = ['198.51.100.3', '198.51.100.4', '198.51.100.5'].map(parseNetwork);
    for (const network of reports) {
      const statement = world.report(4, network);
      world.block(4, [statement]);
      world.follow(statement, network);
      expect([world.at(network), world.at(network, 3)]).toEqual(['allow', 'allow']);
      world.block(1, [dispute(1, statement.object, 'never-block', { issued: world.now })]);
      world.block(3, [dispute(3, statement.object, 'never-block', { issued: world.now })]);
    }
    const later = world.report(4, PATIENT);
    world.block(4, [later]);
    world.follow(later, PATIENT);
    expect(world.at(PATIENT)).toBe('allow');
    expect(world.at(PATIENT, 3)).toBe('block');
  });

  it("(ii) reports another clinic's own network, as a whole, in part and from around it", () => {
    const world = new World();
    for (const network of ['203.0.113.1', '203.0.113.0/28', '203.0.113.0/24'].map(parseNetwork)) {
      const statement = world.report(4, network);
      world.block(4, [statement]);
      world.follow(statement, network);
      expect(world.at('203.0.113.1')).toBe('allow');
    }
  });

  it('(iii) reports the internet: no such report is applied, in any spelling', () => {
    const world = new World();
    for (const text of ['0.0.0.0/0', '::/0', '1.2.3.4/0', '::ffff:0.0.0.0/96', '203.0.113.0/23', '2001:db8::/32']) {
      expect(() => parseNetwork(text)).toThrow();
    }
    for (const [family, prefix] of [
      [4, 0],
      [4, 8],
      [4, 23],
      [6, 0],
      [6, 32],
      [6, 47],
    ] as const) {
      expect(world.block(4, [world.report(4, PATIENT, { family, prefix })])).toEqual(['payload']);
    }
    // IPv4 in IPv6 is the same client, whichever way it is written.
    expect(parseNetwork('::ffff:203.0.113.77')).toEqual(PATIENT);
  });

  it('(iv) reports 10,000 patients: nobody is refused, and past its quota nobody is even asked', () => {
    const world = new World();
    const patients = Array.from({ length: 10_000 }, (_, i) => host(i));
    for (let i = 0; i < patients.length; i += 2_000) {
      const some = patients.slice(i, i + 2_000);
      const statements = some.map((network) => world.report(4, network));
      world.block(4, statements);
      for (const [index, statement] of statements.entries()) world.follow(statement, some[index]);
    }
    const verdicts = patients.map((network) => world.at(network));
    expect(verdicts.filter((verdict) => verdict === 'block')).toHaveLength(0);
    expect(verdicts.filter((verdict) => verdict === 'challenge').length).toBeLessThanOrEqual(70);
  });

  it('(v) floods the list with 50,001 entries: it keeps what others reported', () => {
    const world = new World();
    const honest = world.report(3, PATIENT);
    world.block(3, [honest]);
    world.follow(honest, PATIENT);
    for (let i = 0; i < 50_001; i++) {
      const reportId = new Uint8Array(32).fill(9);
      new DataView(reportId.buffer).setUint32(0, i);
      const fields = { organisation: 3, clinic: 4, standing: 'quota', issuedAt: world.now, expires: world.now + DAY };
      world.list.add(entryOf({ reportId, network: host(i), ...fields } as Parameters<typeof entryOf>[0]), world.now);
    }
    expect(world.list.size).toBeLessThanOrEqual(5_001);
    expect(world.at(PATIENT, 2)).toBe('block');
    expect(world.at(host(0))).toBe('allow');
  });

  it("(vi) replays and re-signs others' reports: nothing of it is applied, nor one that was taken back", () => {
    const world = new World();
    const mine = world.report(1, PATIENT);
    world.block(1, [mine]);
    expect(world.block(1, [mine])).toEqual(['already-applied']);
    const stolen = { ...mine, author: { type: 'clinic', clinic: 4 } } as const;
    expect(world.block(4, [stolen])).toEqual(['object']);
    world.block(1, [revoke(1, mine.object, 1, 'resolved', { issued: world.now })]);
    expect(world.block(1, [mine])).toEqual(['already-applied']);
    expect(findThreat(world.ledger.state, mine.object)?.live).toBe(false);
    world.ledger.wait(2 * DAY);
    expect(world.block(1, [mine])).toEqual(['threat-expired']);
    expect(decodePayload(mine.payload, readReport)?.tag).toEqual(tagOf(PATIENT));
    expect(toHex(mine.object)).not.toBe(toHex(reportOf(4, 'made 0')));
  });

  it('(viii) speaks with many clinics: they are one organisation', () => {
    const world = new World();
    for (const clinic of [1, 2]) {
      const statement = world.report(clinic, PATIENT);
      world.block(clinic, [statement]);
      world.follow(statement, PATIENT);
    }
    expect(world.at(PATIENT, 2)).toBe('challenge');
    expect(world.at(PATIENT, 1)).toBe('block');
    // nor can its branches outvote a report
    const honest = world.report(3, host(1));
    world.block(3, [honest]);
    for (const clinic of [1, 2])
      world.block(clinic, [dispute(clinic, honest.object, undefined, { issued: world.now })]);
    world.follow(honest, host(1));
    expect(world.at(host(1), 3)).toBe('challenge');
  });

  it('(ix) dates a report back: it ends as much earlier, and one whose end is past is not applied', () => {
    const world = new World();
    world.ledger.wait(DAY);
    const issued = START + DAY / 24;
    const late = report(4, 'late', { tag: tagOf(PATIENT), expires: issued + DAY }, { issued });
    expect(world.block(4, [late])).toEqual(['applied']);
    world.follow(late, PATIENT);
    expect(world.at(PATIENT)).toBe('challenge');
    world.ledger.time = issued + DAY;
    expect(world.at(PATIENT)).toBe('allow');
    const longer = report(4, 'longer', { tag: tagOf(PATIENT), expires: issued + DAY + 1 }, { issued });
    expect(world.block(4, [longer])).toEqual(['threat-expiry']);
    expect(world.block(4, [report(4, 'over', { tag: tagOf(PATIENT), expires: issued + DAY }, { issued })])).toEqual([
      'threat-expired',
    ]);
  });
});

describe('two hostile organisations of three', () => {
  const both = (world: World, fields = {}) => {
    for (const clinic of [1, 3]) {
      const statement = world.report(clinic, PATIENT, fields);
      world.block(clinic, [statement]);
      world.follow(statement, PATIENT);
    }
  };

  it('(x) refuse somebody for a day at most, however long they say', () => {
    const world = new World();
    both(world, { mode: 'manual', expires: world.now + 7 * DAY });
    expect(world.at(PATIENT, 3)).toBe('block');
    world.ledger.time = world.now + DAY;
    expect(world.at(PATIENT, 3)).toBe('allow');
  });

  it('(x) cannot refuse a range', () => {
    const world = new World();
    const range = parseNetwork('203.0.113.64/27');
    for (const clinic of [1, 3]) {
      const statement = world.report(clinic, range);
      world.block(clinic, [statement]);
      world.follow(statement, range);
    }
    expect(world.at(PATIENT, 3)).toBe('challenge');
  });

  it('(x) are undone where it is disputed at once, by a pin too, and everywhere by two disputes, from receipt', () => {
    const world = new World();
    both(world);
    const tagged = { keyEpoch: 1, tag: tagOf(PATIENT) };
    const heard = { ...tagged, reason: 'not-hostile', receivedAt: world.now } as const;
    expect(world.at(PATIENT, 4)).toBe('block');
    world.list.hearDispute({ ...heard, organisation: 3 });
    expect(world.at(PATIENT, 3)).toBe('allow');
    expect(world.at(PATIENT, 4)).toBe('block');
    world.list.hearDispute({ ...heard, organisation: 5 });
    expect(world.at(PATIENT, 4)).toBe('allow');
    // unless no block takes the disputes
    world.ledger.time += 20 * T;
    expect(world.at(PATIENT, 4)).toBe('block');
    world.list.pin({ network: PATIENT, action: 'allow', by: 'admin', at: 0, until: undefined });
    expect(world.at(PATIENT, 4)).toBe('allow');
    // at their own branches they block whom they like
    world.list.unpin(PATIENT);
    world.list.hearDispute({ ...heard, organisation: 3, receivedAt: world.now });
    expect(world.at(PATIENT, 1)).toBe('block');
  });
});

it('(vii) a catastrophic expression is text to a signature, and many gaps cost no more than one look', () => {
  expect(parseGlob('(a+)+x').literals).toEqual(['(a+)+x']);
  const condition = { start: false, end: true, fields: ['query'], view: 'text' } as const;
  const rest = { name: 'gaps', category: 'probe', severity: 'low', points: 30, detectedAt: 0 } as const;
  const counts = { sources: 0, requests: 0, id: 'gaps', effectiveFrom: 0 };
  const literals = Array.from({ length: MAX_LITERALS }, (_, i) => (i === 7 ? 'aab' : 'aaa'));
  const signature: Signature = { ...rest, ...counts, conditions: [{ ...condition, literals }] };
  expect(flawOf(signature)).toBeUndefined();
  const matcher = new SignatureMatcher([signature]);
  const started = process.cpuUsage();
  expect(matcher.match(requestFacts({ query: 'a'.repeat(8_000) }))).toEqual([]);
  // An expression that backtracks over eight gaps would not come back.
  expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  expect(flawOf({ ...signature, points: 60 })).toBe('points');
});

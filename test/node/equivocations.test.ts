import { describe, expect, it } from 'vitest';
import { signEd25519, signingKeyPair } from '#crypto';
import { benchNetwork, numbered } from '../../bench/lib/ledger.ts';
import { createLogger } from '../../common/logger.ts';
import { THREATS_EXTEND, THREATS_REPORT, THREATS_REVOKE } from '../../consensus/ledger/kinds.ts';
import { signTransaction } from '../../consensus/ledger/transaction.ts';
import type { SealedTransaction } from '../../consensus/ledger/types.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { Equivocations, type Evidence } from '../../node/threats/equivocations.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';

const bench = benchNetwork(3);
const members = new MemberSets({ genesis: bench.genesis }, { states: async (keys) => keys.map(() => undefined) });
const REPORT = numbered('report');

/** What a clinic says about a report, by its gateway key; payloads are nobody's business here. */
function said(about: {
  clinic?: number;
  kind?: number;
  version?: number;
  text?: string;
  sequence?: number;
}): SealedTransaction {
  const { clinic = 1, kind = THREATS_REPORT, version = 1, text = 'a', sequence = 0 } = about;
  const seed = numbered('gateway', clinic);
  const statement = {
    kind,
    author: { type: 'clinic', clinic },
    object: REPORT,
    version,
    issued: 0,
    payload: new TextEncoder().encode(text),
    attachment: undefined,
    signature: undefined,
  } as const;
  const unsigned = { sender: signingKeyPair(seed).publicKey, sequence, validUntil: 100, statements: [statement] };
  return signTransaction(bench.id, unsigned, (id) => signEd25519(seed, id));
}

function watch(database = new MemoryKeyValues()) {
  const found: Evidence[] = [];
  const equivocations = new Equivocations(
    { genesisId: bench.id },
    {
      database,
      members,
      store: {
        block: async () => undefined,
        states: async (keys) => keys.map(() => undefined),
        statement: async () => undefined,
      },
      clock: new ManualClock(),
      logger: createLogger({ level: 'silent' }),
      onFound: (evidence) => found.push(evidence),
    },
  );
  return { equivocations, found, database };
}

describe('two statements for one report and version under one key', () => {
  it('are evidence with both signatures, told once, kept over a restart', async () => {
    const { equivocations, found, database } = watch();
    const [first, second] = [said({ text: 'a' }), said({ text: 'b', sequence: 1 })];
    for (const sealed of [first, second, second, said({ text: 'c', sequence: 2 })])
      await equivocations.onReceived(sealed);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ clinic: 1, version: 1, first: first.bytes, second: second.bytes });
    const again = watch(database);
    await again.equivocations.load();
    expect(again.equivocations.of(1)).toEqual(found);
    expect(again.equivocations.of(2)).toEqual([]);
    await again.equivocations.onReceived(first);
    await again.equivocations.onReceived(second);
    expect(again.found).toEqual([]);
  });

  it.each([
    ['the same statement in another wrapping', said({}), said({ sequence: 1 })],
    ['two versions', said({}), said({ kind: THREATS_EXTEND, version: 2 })],
    ['two clinics', said({}), said({ clinic: 2, text: 'b' })],
    ['a revocation said again', said({ kind: THREATS_REVOKE }), said({ kind: THREATS_REVOKE, text: 'b', sequence: 1 })],
  ])('are not %s', async (_, first, second) => {
    const { equivocations, found } = watch();
    await equivocations.onReceived(first);
    await equivocations.onReceived(second);
    expect(found).toEqual([]);
  });

  it('are evidence of one clinic at most 64 times', async () => {
    const { equivocations, found } = watch();
    for (let version = 1; version <= 70; version++) {
      await equivocations.onReceived(said({ kind: THREATS_EXTEND, version, text: 'a', sequence: 2 * version }));
      await equivocations.onReceived(said({ kind: THREATS_EXTEND, version, text: 'b', sequence: 2 * version + 1 }));
    }
    expect(found).toHaveLength(64);
  });
});

// Identifiers for the time being: one for each document, its PID as soon as that can be computed, tried again by itself.
import { describe, expect, it } from 'vitest';
import { oprfKeyPair } from '../../common/crypto/oprf.ts';
import { normaliseDocument } from '../../identity/patient/document.ts';
import { IdentifierError } from '../../identity/patient/errors.ts';
import { PatientIdentifiers } from '../../identity/patient/patient-identifiers.ts';
import { formatPid, handleOf, isProvisional, looksLikePid, parsePid, pidBytes } from '../../identity/patient/pid.ts';
import { Slots } from '../../identity/slots.ts';
import { Provisionals, type WaitingProvisional } from '../../node/identifiers/provisionals.ts';
import { ProvisionalLinks } from '../../node/patients/provisional-links.ts';
import { localEvaluator } from '../helpers/local-evaluator.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { silent } from '../p2p/nodes.ts';

const storageKey = new Uint8Array(32).fill(3);
const { secretKey } = oprfKeyPair(new Uint8Array(32).fill(4));
const document = (number: string) => normaliseDocument({ country: 'US', type: 'ssn', number });
const fast = new Slots({ limit: 2 }, { scrypt: async (secret) => secret.slice(0, 32) });
async function all(provisionals: Provisionals): Promise<WaitingProvisional[]> {
  const found: WaitingProvisional[] = [];
  for await (const one of provisionals.waiting()) found.push(one);
  return found;
}

const made = (store = new MemoryKeyValues()) => new Provisionals({ storageKey }, { store, clock: new ManualClock() });

describe('provisional identifiers', () => {
  it('look like identifiers, are told apart by their prefix, and a document has one however often it is asked for', async () => {
    const provisionals = made();
    const [one, again] = await Promise.all([
      provisionals.give(document('523-45-6789')),
      provisionals.give(document('523 45 6789')),
    ]);
    expect(again).toBe(one);
    expect(one).toMatch(/^tmp1[a-z0-9]{38}$/);
    expect(isProvisional(one)).toBe(true);
    expect(looksLikePid(one.toUpperCase())).toBe(true);
    expect(parsePid(one.toUpperCase())).toBe(one);
    expect(handleOf(one)).toHaveLength(32);
    expect(() => parsePid(one.replace('tmp', 'pid'))).toThrow(expect.objectContaining({ code: 'identifier.pid' }));
    expect(await provisionals.give(document('523-45-6790'))).not.toBe(one);
    expect(await provisionals.find(document('523-45-6791'))).toBeUndefined();
  });

  it('lead to the PID once that is known, also after a restart, and the number is kept no longer', async () => {
    const store = new MemoryKeyValues();
    const provisional = await made(store).give(document('523-45-6789'));
    expect(await all(made(store))).toMatchObject([{ provisional, document: { number: '523456789' } }]);
    const pid = formatPid(new Uint8Array(20).fill(7));
    await made(store).resolve(provisional, pid);
    const after = made(store);
    expect(await all(after)).toEqual([]);
    expect(await after.pidOf(provisional)).toBe(pid);
    expect(await after.of(pid)).toEqual([provisional]);
    expect(await after.give(document('523-45-6789'))).toBe(pid);
    const rows = [...store.rows.values()].map((row) => Buffer.from(row).toString('latin1'));
    expect(rows.some((row) => row.includes('523456789'))).toBe(false);
    expect(pidBytes(pid)).toEqual(new Uint8Array(20).fill(7));
  });

  it('are tried again when a clinic comes and after a while, in batches, until all are linked', async () => {
    const clock = new ManualClock();
    const provisionals = made();
    const given = await Promise.all(
      Array.from({ length: 40 }, (_, i) => provisionals.give(document(`523-45-67${10 + i}`))),
    );
    let reachable = false;
    let evaluations = 0;
    const local = localEvaluator(secretKey);
    const evaluator = {
      mode: 'test',
      key: local.key,
      evaluate: async (blinded: readonly Uint8Array[]) => {
        evaluations++;
        if (!reachable) throw new IdentifierError({ code: 'identifier.unreachable', reached: 1, needed: 3 });
        return local.evaluate(blinded);
      },
    };
    const identifiers = new PatientIdentifiers({}, { evaluator, slots: fast });
    const adopted = new Map<string, string>();
    let came: (event: 'connected' | 'disconnected', peerId: string) => void = () => {};
    const links = new ProvisionalLinks({
      ...{ provisionals, identifiers, clock, logger: silent },
      network: {
        onPeer: (listener) => {
          came = listener;
          return () => {};
        },
      },
      shares: { onChange: () => () => {} },
      patients: {
        adopt: async (provisional, pid) => {
          adopted.set(provisional, pid);
          await provisionals.resolve(provisional, pid);
        },
      },
    });
    links.start();
    await waitFor(() => evaluations === 1, { what: 'the first attempt' });
    came('connected', 'x');
    await waitFor(() => evaluations === 2 && clock.pending === 1, { what: 'the second attempt' });
    reachable = true;
    clock.advance(30_000);
    await waitFor(() => adopted.size === given.length, { what: 'all links' });
    expect([...adopted.keys()].sort()).toEqual([...given].sort());
    expect(evaluations).toBe(4);
    await links.stop();
    expect(clock.pending).toBe(0);
  });
});

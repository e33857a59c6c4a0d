// Branches of one organisation ask each other for patients: who asks, what is written down before it is shown, who gets nothing.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { CodecError } from '../../common/codec/errors.ts';
import { createLogger } from '../../common/logger.ts';
import { formatPid, handleOf } from '../../identity/patient/pid.ts';
import type { NewAccess } from '../../node/audit/ports.ts';
import { BranchSearch, type BranchSearchModules } from '../../node/patients/branch-search.ts';
import type { Directory } from '../../node/patients/directory.ts';
import { bareEntry } from '../../node/patients/directory-entry.ts';
import { decodeFind, decodeFound, encodeFind, encodeFound } from '../../node/patients/find-wire.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { RequestHandler } from '../../p2p/ports.ts';

const account = randomBytes(32);
const clinics = [1, 2, 3].map((number) => ({ number, organisation: number === 3 ? 2 : 1, nodeKey: randomBytes(32) }));
const peerOf = (number: number) => peerIdOf(clinics[number - 1].nodeKey);
const joan = { ...bareEntry(formatPid(randomBytes(20))), family: 'Hall', given: 'Joan', birthDate: '1945-07-14' };

let handler: RequestHandler;
let events: NewAccess[];
let held: string[];
let onDisk: () => Promise<void>;

function search(number: number, network: Partial<BranchSearchModules['network']> = {}): BranchSearch {
  const modules = {
    directory: {
      search: async () => ({ entries: [joan], more: true }),
      byHandle: async (handle: Uint8Array) => (handle[0] === handleOf(joan.pid)[0] ? joan : undefined),
    } as unknown as Directory,
    members: { current: { clinics } } as unknown as BranchSearchModules['members'],
    network: {
      serve: (_: unknown, serve: RequestHandler) => {
        handler = serve;
      },
      peers: () => [],
      ...network,
    } as unknown as BranchSearchModules['network'],
    logger: createLogger({ level: 'silent' }),
    roles: async () => held.map((role) => ({ role }) as { role: 'doctor' }),
    events: () => ({
      append: async (event: NewAccess) => {
        await onDisk();
        events.push(event);
        return { number: 1, leaf: new Uint8Array(32) };
      },
    }),
    blame: () => undefined,
  };
  return new BranchSearch({ clinic: number }, modules);
}

async function answered(
  from: number,
  request = encodeFind({ account, role: 'doctor', sought: { name: 'hall', birthDate: '' } }),
) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of handler(peerOf(from), request)) chunks.push(chunk);
  return decodeFound(chunks[0]);
}

beforeEach(() => {
  events = [];
  held = ['doctor'];
  onDisk = async () => undefined;
});

describe('a branch that is asked', () => {
  it('answers another branch, and writes down whom it showed to whom', async () => {
    search(1);
    expect(await answered(2)).toEqual({ entries: [joan], more: true });
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ action: 'list', outcome: 'permitted', reason: 'organisation', writer: 1 });
    expect(events[0].reader).toEqual({ account, roles: ['doctor'], clinic: 2 });
    expect(events[0].handle).toEqual(handleOf(joan.pid));
  });

  it('shows nothing where it cannot be written down', async () => {
    search(1);
    onDisk = () => Promise.reject(new Error('no room'));
    await expect(answered(2)).rejects.toThrow('no room');
  });

  it('refuses a clinic of another organisation, and strangers', async () => {
    search(1);
    await expect(answered(3)).rejects.toMatchObject({ code: 'p2p.unavailable' });
    expect(events).toEqual([]);
  });

  it('refuses an account without the role that it claims, and roles that look for nobody, and writes it down', async () => {
    search(1);
    held = ['patient'];
    expect((await answered(2)).entries).toEqual([]);
    held = ['auditor'];
    const sought = { name: 'hall', birthDate: '' };
    expect((await answered(2, encodeFind({ account, role: 'auditor', sought }))).entries).toEqual([]);
    expect(events).toHaveLength(2);
    expect(events[1]).toMatchObject({ action: 'list', outcome: 'refused', reason: 'role', reader: { clinic: 2 } });
  });
});

describe('a branch that asks', () => {
  const signal = new AbortController().signal;
  const sought = { handle: handleOf(joan.pid) };

  it('names the branches that are away, and asks nobody for a person without a role', async () => {
    expect(await search(1).ask({ account, roles: ['doctor'] }, sought, signal)).toEqual({ found: [], silent: [2] });
    expect(await search(1).ask({ account, roles: ['auditor'] }, sought, signal)).toEqual({ found: [], silent: [] });
  });

  it('asks its own branches alone', async () => {
    const asked: string[] = [];
    const network = {
      peers: () => clinics.map(({ number }) => ({ peerId: peerOf(number) })) as never,
      request: async function* (peerId: string) {
        asked.push(peerId);
        yield encodeFound({ entries: [joan], more: false });
      },
    };
    const { found } = await search(1, network).ask({ account, roles: ['nurse'] }, sought, signal);
    expect(asked).toEqual([peerOf(2)]);
    expect(found).toEqual([{ clinic: 2, entries: [joan], more: false }]);
  });
});

describe('the bytes between branches', () => {
  const ofBytes = (decode: (bytes: Uint8Array) => unknown) =>
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      try {
        decode(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
      }
    });

  it('are decoded or refused, never anything else', () => {
    fc.assert(ofBytes(decodeFind), { numRuns: 500 });
    fc.assert(ofBytes(decodeFound), { numRuns: 500 });
    const good = encodeFound({ entries: [joan], more: false });
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const bytes = good.slice();
        bytes[at] = byte;
        try {
          decodeFound(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
    );
  });

  it('are read as they were written', () => {
    const request = { account, role: 'nurse' as const, sought: { name: 'Müller', birthDate: '1945-07-14' } };
    expect(decodeFind(encodeFind(request))).toEqual(request);
    const byHandle = { account, role: 'reception' as const, sought };
    expect(decodeFind(encodeFind(byHandle))).toEqual(byHandle);
  });
  const sought = { handle: handleOf(joan.pid) };
});

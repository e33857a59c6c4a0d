// What the doors of those who act for patients tell, and what goes with somebody whom they end.
import { expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { equalBytes, toHex } from '../../../common/bytes.ts';
import { RepresentativeError } from '../../../node/representatives/errors.ts';
import { MeCallers } from '../../../node/services/me-callers.ts';
import { representativeService } from '../../../node/services/representative-service.ts';
import { MeError } from '../../../node/vault/errors.ts';

const [handle, OWN, MOTHER, FRIEND] = Array.from({ length: 4 }, () => randomBytes(32));
const context = { principal: { kind: 'session', session: { account: toHex(OWN) } } } as never;
const word = { key: '00', at: 1, signature: '00' };
const made = {
  ...{ kind: 'delegate', document: 'own-word', from: 1, ends: 9, state: 'acts', ended: undefined },
  ...{ statement: randomBytes(32), handle, pid: 'p' },
} as const;

type Written = { readonly action: string; readonly outcome: string; readonly reason: string };

function doors(known: readonly object[] = [], acting?: 'guardian' | 'delegate', takenOver = false) {
  const did: string[] = [];
  const written: Written[] = [];
  const asked: string[] = [];
  const name = (account: Uint8Array) => (equalBytes(account, FRIEND) ? 'friend' : 'mother');
  const common = {
    representatives: {
      endOf: async (_: unknown, { ends }: { ends: number }) => {
        if (ends < 5) throw new RepresentativeError({ code: 'representative.end', latest: 9 });
        return ends;
      },
      name: async (_: unknown, given: object) => ({ ...made, ...given, id: randomBytes(32) }),
      end: async () => ({ ...made, kind: 'guardian', account: MOTHER, id: randomBytes(32) }),
      endNamedBy: async (_: unknown, account: Uint8Array, beyond: number) => {
        did.push(`named by ${equalBytes(account, OWN) ? 'own' : name(account)} beyond ${beyond}`);
        return equalBytes(account, FRIEND) ? [] : [{ ...made, account: FRIEND, id: randomBytes(32) }];
      },
      ofPatient: async () => known,
    },
    sharing: {
      word: async () => ({ held: takenOver }),
      endBy: async (_: unknown, account: Uint8Array, beyond?: number) =>
        void did.push(`shares of ${name(account)} beyond ${beyond ?? 'none'}`),
    },
    takenOver: { of: async () => (takenOver ? {} : undefined) },
    callers: {
      of: async () => ({
        ...{ account: OWN, pid: 'p', handle },
        acting: acting && { id: randomBytes(32), kind: acting, ends: 9 },
      }),
    },
    patients: { treated: async () => ({ pid: 'p', handle, person: { account: OWN, roles: [] } }) },
    views: { name: () => null },
    log: {
      append: async (access: Written) => {
        written.push(access);
        if (access.outcome === 'permitted') did.push(access.action);
      },
    },
    reader: { standing: async () => ({ status: 'queued' }) },
    clock: { monotonic: () => 0 },
    patientNamed: async (user: string) => {
      asked.push(user);
      if (user === 'staff') throw new MeError({ code: 'me.no-account' });
      return user === 'friend' ? FRIEND : undefined;
    },
  } as never;
  return { did, asked, written, acting: representativeService({ clinic: 1 }, common) };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );

it('who may not be named is nobody: not looked up for an end that is none, told alike, and counted', async () => {
  const { acting, asked } = doors();
  const delegate = (user: string, until = 9) =>
    codeOf(acting.me_delegate({ user, until, word } as never, context) as never);
  for (const user of ['friend', 'staff', 'nobody']) expect(await delegate(user, 1)).toBe('representative.end');
  expect(asked).toEqual([]);
  expect([await delegate('staff'), await delegate('nobody')]).toEqual(['me.unknown-user', 'me.unknown-user']);
  for (let i = 2; i < 20; i++) expect(await delegate('nobody')).toBe('me.unknown-user');
  expect(await delegate('friend')).toBe('rpc.rate-limited');
  expect(asked).toHaveLength(20);
});

it('whoever is ended takes along what she shared and whom she named, each with what those shared', async () => {
  const { acting, did } = doors();
  await acting.patient_representativeEnd({ representative: '00' } as never, context);
  const friends = ['represent-end', 'shares of friend beyond none'];
  expect(did).toEqual(['represent-end', 'shares of mother beyond none', 'named by mother beyond 0', ...friends]);
});

it('whoever is named until sooner takes along what would last longer', async () => {
  const { acting, did } = doors();
  await acting.me_delegate({ user: 'friend', until: 9, word } as never, context);
  expect(did).toEqual(['represent', 'shares of friend beyond 9', 'named by friend beyond 0']);
});

it('what is refused is written down with the patient’s accesses before it is answered, and done once is written once', async () => {
  const [id, mothers] = [randomBytes(32), randomBytes(32)];
  const known = [
    { ...made, id, account: FRIEND },
    { ...made, id: mothers, account: MOTHER, kind: 'guardian' },
  ];
  const patient = doors(known);
  const delegate = (user: string, until = 9) =>
    codeOf(patient.acting.me_delegate({ user, until, word } as never, context) as never);
  const end = (of: typeof patient, one: Uint8Array) =>
    codeOf(of.acting.me_representativeEnd({ representative: toHex(one) } as never, context) as never);
  expect([await delegate('friend', 1), await delegate('nobody')]).toEqual(['representative.end', 'me.unknown-user']);
  expect(await end(patient, randomBytes(32))).toBe('representative.unknown');
  expect(await end(patient, mothers)).toBe('representative.guardian');
  const refused = (action: string, reason: string) => ({ action, outcome: 'refused', reason, handle, records: [] });
  expect(patient.written).toMatchObject([
    refused('represent', 'end-date'),
    refused('represent', 'unknown-user'),
    refused('represent-end', 'nobody-acts'),
    refused('represent-end', 'guardian-stays'),
  ]);

  const chosen = doors(known, 'delegate');
  const tried = chosen.acting.me_delegate({ user: 'friend', until: 9, word } as never, context);
  expect(await codeOf(tried as never)).toBe('representative.may-not');
  expect(await end(chosen, id)).toBe('representative.may-not');
  expect(chosen.written).toMatchObject([refused('represent', 'may-not'), refused('represent-end', 'may-not')]);

  await end(patient, id);
  expect(patient.written.slice(4).every(({ outcome }) => outcome === 'permitted')).toBe(true);
});

it('a call that waited is about who is still hers or acts, until her end as it is now', async () => {
  const [id, other] = [randomBytes(32), randomBytes(32)];
  const known = { own: handle, acts: [{ ...made, id, account: MOTHER, ends: 7 }] };
  const callers = new MeCallers({ clinic: 1 }, {
    accounts: { ofAccount: async (account: Uint8Array) => ({ account, pid: 'p', handle: known.own }) },
    representatives: { of: async () => known.acts },
  } as never);
  const own = { account: OWN, pid: 'p', handle };
  const mother = { ...own, account: MOTHER, acting: { id, kind: 'delegate', ends: 9 } } as const;
  expect(await callers.still(mother)).toMatchObject({ acting: { id, ends: 7 } });
  expect(await callers.still(own)).toEqual(own);
  expect(await codeOf(callers.still({ ...mother, acting: { ...mother.acting, id: other } }))).toBe(
    'representative.not-yours',
  );
  known.own = other;
  expect(await codeOf(callers.still(own))).toBe('me.not-attached');
});

it('what is for good is not for whom the patient chose, which is written down with her accesses', async () => {
  const written: object[] = [];
  const log = { append: async (access: object) => void written.push(access) };
  const callers = new MeCallers({ clinic: 1 }, { log } as never);
  const own = { account: OWN, pid: 'p', handle };
  const acting = (kind: 'guardian' | 'delegate') =>
    callers.demandDecider({ ...own, account: MOTHER, acting: { id: randomBytes(32), kind, ends: 9 } } as never);
  await callers.demandDecider(own as never);
  await acting('guardian');
  expect(written).toEqual([]);
  expect(await codeOf(acting('delegate'))).toBe('representative.may-not');
  expect(written).toMatchObject([{ outcome: 'refused', reason: 'may-not', handle, reader: { account: MOTHER } }]);
});

it('once somebody took over reception names nobody, which is written down, and that key ends a guardian', async () => {
  const id = randomBytes(32);
  const guardian = [{ ...made, kind: 'guardian', account: MOTHER, id }];
  const { acting, asked, written } = doors(guardian, undefined, true);
  const named = { user: 'friend', kind: 'guardian', document: 'court-order' };
  expect(await codeOf(acting.patient_representativeAdd(named as never, context) as never)).toBe('consent.taken-over');
  expect(asked).toEqual([]);
  expect(written).toMatchObject([{ action: 'represent', outcome: 'refused', reason: 'taken-over' }]);
  const end = (by: object) =>
    codeOf(acting.me_representativeEnd({ representative: toHex(id), ...by } as never, context) as never);
  expect(await end({})).toBe('representative.guardian');
  expect(await end({ word })).toBeUndefined();
});

// An account that reception takes back: what it shared and whom it named goes with it, also when that fails at first.
import { expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { equalBytes, toHex } from '../../../common/bytes.ts';
import { createLogger } from '../../../common/logger.ts';
import { formatPid } from '../../../identity/patient/pid.ts';
import type { NewAccess } from '../../../node/audit/ports.ts';
import { ClinicAuthor } from '../../../node/clinic-author.ts';
import { PatientAccounts } from '../../../node/vault/patient-accounts.ts';
import { TakenBackAccounts } from '../../../node/vault/taken-back.ts';
import { MemoryKeyValues } from '../../helpers/memory-key-values.ts';
import { waitFor } from '../../helpers/wait-for.ts';

const PAULA = formatPid(randomBytes(20));
const [OWN, FRIEND] = [randomBytes(32), randomBytes(32)];
const DESK = { account: randomBytes(32), roles: ['reception'] } as const;

function desk() {
  const did: string[] = [];
  const failing = new Set<string>();
  const said = (what: string) => {
    if (failing.has(what)) throw new Error('the disk is full');
    did.push(what);
  };
  const name = (account: Uint8Array) => (equalBytes(account, OWN) ? 'own' : 'friend');
  const accounts = new PatientAccounts({
    store: new MemoryKeyValues(),
    chain: { states: async (keys) => keys.map(() => undefined) },
    outbox: { submit: async () => [], get: () => ({ state: 'queued' }) as never },
    author: new ClinicAuthor({ genesisId: randomBytes(32), clinic: 1 }, { clock: { now: () => 5 } as never }),
    isTakenOver: async () => false,
  });
  const named = { account: FRIEND, document: 'own-word', by: OWN, id: randomBytes(32) };
  let acts = true;
  const takenBack = new TakenBackAccounts(
    { clinic: 1 },
    {
      accounts,
      representatives: {
        endNamedBy: async () => {
          const ended = acts ? [named] : [];
          acts = false;
          return ended as never;
        },
        ofPatient: async () => [named] as never,
      },
      sharing: {
        endOwn: async ({ reader }, account) => said(`${name(account)} by ${toHex(reader.account)}`),
        endBy: async (_, account) => said(name(account)),
      },
      log: { append: async ({ action, reason }: NewAccess) => said(`${action} ${reason}`) as never },
      clock: { setTimeout: () => undefined as never, clearTimeout: () => undefined },
      logger: createLogger({ level: 'silent' }),
    },
  );
  return { accounts, takenBack, did, failing };
}

const own = `own by ${toHex(DESK.account)}`;

it('takes along what it shared and whom it named, by whoever took it back', async () => {
  const { accounts, takenBack, did } = desk();
  await accounts.attach(PAULA, OWN, 'passport');
  const { takenBack: one } = await accounts.detach(PAULA, DESK);
  await takenBack.settle(one);
  expect(did.slice(0, 3)).toEqual([own, 'represent-end custody', 'friend']);
  expect(await accounts.takenBack()).toEqual([]);
});

it.each(['friend', own])('does so in the next round when it failed at first, whatever failed (%s)', async (what) => {
  const { accounts, takenBack, did, failing } = desk();
  await accounts.attach(PAULA, OWN, 'passport');
  failing.add(what);
  const { takenBack: one } = await accounts.detach(PAULA, DESK);
  await takenBack.settle(one);
  expect(await accounts.takenBack()).toEqual([one]);
  failing.clear();
  takenBack.start();
  await waitFor(async () => (await accounts.takenBack()).length === 0);
  await takenBack.stop();
  expect(did).toEqual(expect.arrayContaining([own, 'friend']));
});

it('leaves alone what an account gave that is hers again', async () => {
  const { accounts, takenBack, did } = desk();
  await accounts.attach(PAULA, OWN, 'passport');
  await accounts.detach(PAULA, DESK);
  await accounts.attach(PAULA, OWN, 'passport');
  takenBack.start();
  await waitFor(async () => (await accounts.takenBack()).length === 0);
  await takenBack.stop();
  expect(did).toEqual([]);
});

// A real clinic with every kind of file, stopped; one byte of one file flipped; started again beside a clinic that runs. What
// the others have comes back from them, what only it has is made good, and what cannot be is named. Nothing goes silently.
import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '../../common/errors.ts';
import { createLogger } from '../../common/logger.ts';
import { openClinic } from '../../node/clinic-directory.ts';
import { copyPath } from '../../node/keystore/keystore.ts';
import { journalPath } from '../../node/store/local-database.ts';
import { madeUpPatients } from '../helpers/made-up-patients.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { newAccount } from '../helpers/statements.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { filesOf, flip } from './flips.ts';

const CLINIC = 2;
const ADDRESS = '198.51.100.44';
const [PATIENT] = madeUpPatients(1, 3);
const LOCAL = ['outbox', 'clinical'];
const DATABASES = ['chain', 'attachments', ...LOCAL];
/** As warnings name them. */
const NAMES: Readonly<Record<string, string>> = { outbox: 'outbox', clinical: 'clinical data' };
const WARNINGS: { level: string; msg: string; what?: string; path?: string }[] = [];

let net: TestNodes;
let whole: string;
let pid: string;
const waiting: string[] = [];

beforeAll(async () => {
  const destination = { write: (line: string): unknown => WARNINGS.push(JSON.parse(line)) };
  net = await TestNodes.found({ clinics: 2, logger: createLogger({ level: 'warn', destination }) });
  await net.start(1);
  await net.start(CLINIC);
  await net.connected();
  const client = net.client(CLINIC);
  await client.call('patient_import', { resources: [{ line: 1, text: JSON.stringify(PATIENT.resource) }] });
  const { statement } = await client.call('threat_block', { address: ADDRESS, reason: 'scan' });
  await net.applied(CLINIC, statement);
  await waitFor(async () => (await client.call('patient_get', { patient: PATIENT.number })).registered);
  pid = (await client.call('patient_get', { patient: PATIENT.number })).pid;
  // Once more from the start: what was in logs lies in tables now, and the logs have something new.
  await net.stop(CLINIC);
  await net.start(CLINIC);
  await net.cut([1], [CLINIC]);
  const { height } = await client.call('chain_head');
  await net.reaches(CLINIC, height + 2);
  const { chain } = net.node(CLINIC);
  await net.stop(CLINIC);
  // Alone, mining nothing: statements that only its outbox has.
  await net.stop(1);
  await net.start(CLINIC, { 'mining-threads': '0' });
  for (let n = 0; n < 3; n++) {
    const made = newAccount(net.founded.bundle.genesis);
    await net.client(CLINIC).call('tx_submit', { statements: [{ statement: made.statement }] });
    waiting.push(made.id);
  }
  await net.client(CLINIC).call('threat_block', { address: '198.51.100.45', reason: 'scan' });
  await net.stop(CLINIC);
  expect(chain.tip.header.height).toBeGreaterThan(1);
  whole = join(net.founded.directory, 'whole');
  await cp(net.clinic(CLINIC).directory, whole, { recursive: true });
  await net.start(1);
}, 300_000);

afterAll(() => net.remove());

async function startFrom(damage: (directory: string) => Promise<unknown>): Promise<void> {
  const { directory } = net.clinic(CLINIC);
  await net.stop(CLINIC);
  await rm(directory, { recursive: true, force: true });
  await cp(whole, directory, { recursive: true });
  await damage(directory);
  WARNINGS.length = 0;
  await net.start(CLINIC);
}

/** Everything that the clinic acknowledged is there, and what it had not sent yet reaches the other one. */
async function holdsEverything(): Promise<void> {
  const client = net.client(CLINIC);
  const found = await client.call('patient_get', { patient: PATIENT.number });
  expect(found.pid).toBe(pid);
  const { height } = await net.client(1).call('chain_head');
  await net.reaches(CLINIC, height);
  await waitFor(async () => (await client.call('patient_get', { patient: PATIENT.number })).registered);
  await waitFor(async () => (await client.call('threat_check', { address: ADDRESS })).verdict !== 'allow', {
    what: 'the threat report',
  });
  for (const id of waiting) {
    const seen = async (): Promise<boolean> => {
      const { status } = await net.client(1).call('chain_statement', { id });
      return status === 'applied' || status === 'final';
    };
    await waitFor(() => seen().catch(() => false), { what: `statement ${id} at the other clinic` });
  }
}

const kindOf = (file: string): string =>
  basename(file)
    .replace(/^[0-9a-f]{14}/, 'n')
    .replace(/\d{6}/, 'n');

/** The files of several folders by turns: in each turn one of each folder, all of them in the end. */
async function turns(folders: readonly string[]): Promise<string[][]> {
  const files = await Promise.all(folders.map((folder) => filesOf(folder)));
  const longest = Math.max(...files.map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) => files.flatMap((of) => (turn < of.length ? [of[turn]] : [])));
}

async function flipIn(directory: string, files: readonly string[]): Promise<void> {
  for (const file of files) await flip(file.replace(whole, directory), Math.floor((await stat(file)).size / 2));
}

describe('one flipped byte', () => {
  it('in one file of every database at once is found in each; the content comes from the peers or the copy', async () => {
    const kinds = new Set<string>();
    for (const files of await turns(DATABASES.map((name) => join(whole, name)))) {
      await startFrom((directory) => flipIn(directory, files));
      const told = WARNINGS.filter(({ msg }) => /damaged/.test(msg)).map(
        ({ what, path = '' }) => what ?? basename(path),
      );
      for (const file of files) {
        const [database] = file.slice(whole.length + 1).split('/');
        kinds.add(`${database}/${kindOf(file)}`);
        // What a damaged log of the chain held is mostly whole in what else is there: nothing to tell then.
        if (!(database === 'chain' && file.endsWith('.log'))) expect(told).toContain(NAMES[database] ?? database);
      }
      await holdsEverything();
    }
    for (const database of DATABASES) {
      for (const kind of ['CURRENT', 'MANIFEST-n', 'n.ldb']) expect(kinds).toContain(`${database}/${kind}`);
    }
    expect(kinds).toContain('outbox/n.log');
  }, 300_000);

  it('in each file of the journal copies, in the keystore or its copy costs nothing and is named', async () => {
    const kinds = new Set<string>();
    const { keystore } = net.clinic(CLINIC).paths;
    const copies = LOCAL.map((name) => journalPath(join(whole, name)));
    for (const [turn, files] of (await turns(copies)).entries()) {
      await startFrom(async (directory) => {
        await flipIn(directory, files);
        await flip(turn === 0 ? keystore : copyPath(keystore), 100);
      });
      const told = WARNINGS.filter(({ msg }) => /damaged/.test(msg)).map(({ what }) => what);
      expect(told.sort()).toEqual(files.map((file) => NAMES[basename(file.replace(/\.journal.*$/, ''))]).sort());
      const [one, other] = await Promise.all([readFile(keystore), readFile(copyPath(keystore))]);
      expect(one.equals(other)).toBe(true);
      for (const file of files) kinds.add(kindOf(file));
      await holdsEverything();
    }
    expect([...kinds].sort()).toEqual(['n.log', 'n.rows']);
  }, 180_000);

  it('in the genesis file or the settings ends the start with the name of the file or key', async () => {
    const { directory, passphrase, paths } = net.clinic(CLINIC);
    await net.stop(CLINIC);
    await rm(directory, { recursive: true, force: true });
    await cp(whole, directory, { recursive: true });
    const text = await readFile(paths.genesis, 'latin1');
    await flip(paths.genesis, text.indexOf('"network"') + 13, 0x01);
    const code = await openClinic(directory, passphrase).catch(codeOf);
    expect(code).toMatch(/^genesis\.(id|invalid|syntax)$/);
    await cp(join(whole, 'genesis.json'), paths.genesis);
    await flip(paths.config, 3);
    await expect(net.start(CLINIC)).rejects.toMatchObject({ code: expect.stringMatching(/^config\./) });
  }, 180_000);

  it('in the token leaves the clinic running; and what was damaged lies beside what was made anew', async () => {
    await startFrom(async (directory) => {
      // Still of a token's alphabet: another token, and no malformed one.
      const path = join(directory, 'operator.token');
      const token = await readFile(path, 'utf8');
      await writeFile(path, `${token[0] === 'A' ? 'B' : 'A'}${token.slice(1)}`);
      const [file] = (await filesOf(join(directory, 'chain'))).filter((name) => name.endsWith('.ldb'));
      await flip(file, 30);
    });
    const { paths, url, directory } = net.clinic(CLINIC);
    const token = (await readFile(paths.operatorToken, 'utf8')).trim();
    const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    expect(await readdir(directory)).toContain('chain.damaged');
  }, 180_000);
});

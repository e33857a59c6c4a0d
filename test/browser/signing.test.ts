// What a doctor writes, signed in the page by the key of her own device: only where she wants it, over what she typed; and what a
// record says of who vouches for it.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256 } from '#crypto';
import { fromHex } from '../../common/bytes.ts';
import { exportVaultFile } from '../../identity/vault/file.ts';
import { createVault, deviceKeys, type OpenVault } from '../../identity/vault/vault.ts';
import { newWords } from '../../identity/vault/words.ts';
import { type Vouched, verifyAuthorWord } from '../../records/chart/author-word.ts';
import type { Params } from '../../rpc/schema/methods.ts';
import { axeFindings, overflow, settled, useBrowser } from './helpers/browser.ts';
import { idOf } from './helpers/demo-chain.ts';
import { asDoctor, JOAN, RECORDS } from './helpers/demo-doctor.ts';
import { DemoNode } from './helpers/demo-node.ts';
import { answerCalls } from './helpers/demo-patient.ts';

const slow = { timeout: 120_000 };

const visit = useBrowser();
const words = newWords();
let node: DemoNode;
let vault: OpenVault;
beforeAll(async () => {
  node = await new DemoNode().start();
  vault = await createVault([{ kind: 'words', words }]);
});
afterAll(() => node.stop());

/** What the page sends of its writing. */
async function written(page: Page): Promise<{ writes: Params<'record_write'>[]; amends: Params<'record_amend'>[] }> {
  const sent = { writes: [] as Params<'record_write'>[], amends: [] as Params<'record_amend'>[] };
  const made = { record: idOf('note'), version: 1, category: 'notes', statement: idOf('said'), status: 'queued' };
  await asDoctor(page);
  await answerCalls(page, {
    account_vaultGet: () => ({ vault: exportVaultFile(vault.file), version: 1, before: null }),
    record_write: (params: Params<'record_write'>) => {
      sent.writes.push(params);
      return { pid: 'pid', records: [made] };
    },
    record_amend: (params: Params<'record_amend'>) => {
      sent.amends.push(params);
      return { pid: 'pid', record: made };
    },
  } as never);
  return sent;
}

async function vouchedFor(
  said: Omit<Vouched, 'clinic' | 'author'>,
  text: string,
  signed: Params<'record_amend'>['signed'],
): Promise<boolean> {
  if (signed === undefined) return false;
  const { publicKey } = deviceKeys(vault).signing;
  const { genesis, clinic } = node.health();
  const word = {
    ...{ key: fromHex(signed.key), at: signed.at, signature: fromHex(signed.signature) },
    digest: sha256(new TextEncoder().encode(text)),
  };
  expect(word.key).toEqual(publicKey);
  const all = { ...said, clinic: clinic.number, author: fromHex(idOf('ida')) };
  return verifyAuthorWord(all, fromHex(JOAN.handle), word, fromHex(genesis));
}

test('a note is signed once its author opens the vault, and not where she does not want it', async () => {
  const { page, complaints } = await visit.open();
  const sent = await written(page);
  await page.goto(`${node.url}/patients/ref.joan/notes`);
  const note = async (title: string) => {
    await page.getByLabel('Title', { exact: true }).fill(title);
    await page.getByLabel('Text', { exact: true }).fill('Slept well.');
    await page.getByRole('button', { name: 'Save note', exact: true }).click();
  };
  // What was written is gone from the form.
  const emptied = () => expect.poll(() => page.locator('#note-text').inputValue(), slow).toBe('');
  const sign = page.getByLabel('Sign with my own key');
  // The vault is shut: nobody is asked for it to write a note.
  await sign.waitFor();
  expect(await sign.isChecked()).toBe(false);
  await note('Unsigned');
  await expect.poll(() => sent.writes.length, slow).toBe(1);
  await emptied();
  expect(sent.writes[0].records[0].signed).toBeUndefined();
  await sign.check();
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  expect(await axeFindings(page)).toEqual([]);
  await note('Round');
  await page.locator('#unlock').fill(words);
  await page.getByRole('dialog').getByRole('button', { name: 'Open', exact: true }).click();
  await expect.poll(() => sent.writes.length, slow).toBe(2);
  await emptied();
  const said = {
    ...{ amendment: 'original' as const, version: 1, record: new Uint8Array(32), about: undefined, reason: '' },
    ...{ category: 'notes' as const, kind: 'document', mediaType: 'text/plain', title: 'Round' },
  };
  expect(await vouchedFor(said, 'Slept well.', sent.writes[1].records[0].signed)).toBe(true);
  expect(await vouchedFor(said, 'Slept badly.', sent.writes[1].records[0].signed)).toBe(false);
  // Open now: the next one is signed without asking.
  await note('Again');
  await expect.poll(() => sent.writes.length, slow).toBe(3);
  expect(sent.writes[2].records[0].signed).toBeDefined();
  expect(complaints).toEqual([]);
});

test('an amendment is signed as what it makes of the record', async () => {
  const { page, complaints } = await visit.open();
  const sent = await written(page);
  await page.goto(`${node.url}/patients/ref.joan/records/1/${idOf('note')}`);
  await page.getByLabel('Correct its text').check();
  await page.getByLabel('Text', { exact: true }).fill('Slept badly.');
  await page.getByLabel('Reason', { exact: true }).fill('Mixed up');
  await page.getByLabel('Sign with my own key').check();
  await page.getByRole('button', { name: 'Save amendment', exact: true }).click();
  await page.locator('#unlock').fill(words);
  await page.getByRole('dialog').getByRole('button', { name: 'Open', exact: true }).click();
  await expect.poll(() => sent.amends.length, slow).toBe(1);
  const note = RECORDS.find(({ record }) => record === idOf('note'));
  const said = {
    ...{ amendment: 'correction' as const, version: 2, record: fromHex(idOf('note')), about: undefined },
    ...{ category: 'notes' as const, kind: 'document', mediaType: 'text/plain', title: note?.title ?? '' },
    reason: 'Mixed up',
  };
  expect(await vouchedFor(said, 'Slept badly.', sent.amends[0].signed)).toBe(true);
  expect(complaints).toEqual([]);
});

test('a record says who vouches for it: the clinic alone, its author’s device, or nobody', async () => {
  const { page, complaints } = await visit.open();
  await asDoctor(page);
  for (const [name, text] of [
    ['note', 'The clinic alone'],
    ['glucose', 'Its author’s device,'],
    ['scan', 'Nobody: the signature is not of this record'],
  ] as const) {
    await page.goto(`${node.url}/patients/ref.joan/records/1/${idOf(name)}`);
    await page.getByText(text).waitFor();
    await settled(page);
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      await pictured(page, `signed-${name}-${width}`);
    }
    expect(await axeFindings(page)).toEqual([]);
  }
  expect(complaints).toEqual([]);
});

/** For people who look: only where a folder is named. */
async function pictured(page: Page, name: string): Promise<void> {
  const folder = process.env.WARDMESH_PICTURES;
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

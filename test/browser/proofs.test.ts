// Proofs that a browser checks: made by a real store, given by a node that may lie.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../common/bytes.ts';
import { proofService } from '../../node/services/proof-service.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import type { Handlers } from '../../rpc/ports.ts';
import { callContext } from '../helpers/call-context.ts';
import { temporaryDirectory } from '../store/chain-fixture.ts';
import { FinalChain } from '../store/final-chain.ts';
import { settled, useBrowser } from './helpers/browser.ts';
import { DemoChain } from './helpers/demo-chain.ts';
import { DemoNode } from './helpers/demo-node.ts';

const visit = useBrowser();
const OPEN = callContext();

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let chain: FinalChain;
let proofs: Pick<Handlers, 'chain_getProof'>;
let statement: string;
let late: string;
let node: DemoNode;
/** Changes what the node answers. */
let lie: (proof: Uint8Array) => Uint8Array = (proof) => proof;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const { genesis } = new FinalChain(undefined as never);
  chain = await new FinalChain(new ChainDatabase({ path: directory.path, genesis })).open();
  await chain.grow(5);
  const sealed = chain.registration(1, 2);
  await chain.add([sealed]);
  await chain.grow(20, { finalise: true });
  const last = chain.registration(9);
  await chain.add([last]);
  [statement, late] = [sealed, last].map(({ statementIds }) => toHex(statementIds[0]));
  const service = proofService({ genesis }, { store: chain.store });
  proofs = service;
  const demo = new DemoChain(20, Date.now());
  node = await new DemoNode({
    chain: demo,
    handlers: {
      ...service,
      chain_statement: async ({ id }) => ({ ...demo.statements()[0], id }),
      chain_getProof: async (params, context) => {
        const answer = await service.chain_getProof(params, context);
        return { ...answer, proof: toHex(lie(fromHex(answer.proof))) };
      },
    },
  }).start();
});

afterAll(async () => {
  await node.stop();
  await chain.store.close();
  await directory.remove();
});

async function verified(id: string): Promise<Page> {
  const { page } = await visit.open();
  await page.goto(`${node.url}/explorer/statements/${id}`);
  await settled(page);
  await page.getByRole('button', { name: 'Verify this statement' }).click();
  return page;
}

describe('the page of a statement', () => {
  test('verifies it in the browser and says what was shown, by whom, and what was trusted', async () => {
    const page = await verified(statement);
    const section = page.getByRole('region', { name: 'Verify this' });
    await section.getByText('The proof holds').waitFor();
    const text = await section.innerText();
    expect(text).toContain(statement);
    expect(text).toContain('Register patients');
    expect(text).toContain('2 of 2 members');
    expect(text).toContain('Clinic 1, Clinic 2');
    expect(text).toContain('What had to be trusted');
    expect(text).toContain(toHex(chain.genesisId));
    expect(await section.getByRole('link', { name: 'Save the proof' }).getAttribute('href')).toMatch(/^blob:/);
  });

  test('says that a proof is not true when one bit of it is another, or when it is of another statement', async () => {
    lie = (proof) => {
      const forged = proof.slice();
      forged[forged.length - 40] ^= 1;
      return forged;
    };
    const forged = await verified(statement);
    await forged.getByText('The proof does not hold').waitFor();
    const block = await chain.store.entryAt(5);
    const { proof } = await proofs.chain_getProof({ block: toHex(block?.id as Uint8Array) }, OPEN);
    lie = () => fromHex(proof);
    const other = await verified(statement);
    await other.getByText('The proof does not hold').waitFor();
    lie = (bytes) => bytes;
  });

  test('says that what is not final yet has no proof yet', async () => {
    const page = await verified(late);
    await page.getByText('Not final yet').waitFor();
  });
});

describe('the proofs page', () => {
  test('checks a file from anywhere', async () => {
    const { proof } = await proofs.chain_getProof({ statement }, OPEN);
    const path = join(directory.path, 'some.proof');
    await writeFile(path, fromHex(proof));
    const { page } = await visit.open();
    await page.goto(`${node.url}/explorer/proofs`);
    await settled(page);
    await page.locator('input[type=file]').setInputFiles(path);
    await page.getByText('The proof holds').waitFor();
    const other = join(directory.path, 'other.proof');
    await writeFile(other, 'no proof at all');
    await page.locator('input[type=file]').setInputFiles(other);
    await page.getByText('The proof does not hold').waitFor();
  });
});

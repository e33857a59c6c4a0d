// The image of docker/Dockerfile and the network of docker/compose.network.yml: built, founded, used, cut, killed, joined
// again. Everything is asked of the containers by the command line that is in the image.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planNetwork } from '../../../docker/network/plan.ts';
import { madeUpPatients } from '../../helpers/made-up-patients.ts';
import { waitFor } from '../../helpers/wait-for.ts';
import { build, CLI, compose, engine, healthy, IMAGE, loud, refuseAnother, wardmesh } from './engine.ts';

interface Head {
  readonly height: number;
  readonly id: string;
  readonly stateRoot: string;
  readonly final: { readonly height: number };
}

interface Found {
  readonly pid: string;
  readonly registered: boolean;
}

const MIB = 1024 * 1024;
const NETWORK = planNetwork('wardmesh', 4);
const { mesh, clinics } = NETWORK;
const PATIENTS = madeUpPatients(4, 700);
const container = (number: number): string => clinics[number - 1].container;
const head = (number: number): Promise<Head> => wardmesh<Head>(container(number), 'chain', 'head');
const slowly = { timeoutMs: 120_000, intervalMs: 500 };

const mined = async (number: number, blocks: number): Promise<void> => {
  const { height } = await head(number);
  await waitFor(async () => (await head(number)).height >= height + blocks, {
    ...slowly,
    what: `${blocks} more blocks at clinic ${number}`,
  });
};

/** One head and one state root at all of them at one time. */
const agreed = (): Promise<Head> =>
  waitFor(
    async () => {
      const heads = await Promise.all(clinics.map(({ number }) => head(number)));
      const [first] = heads;
      return heads.every(({ id, stateRoot }) => id === first.id && stateRoot === first.stateRoot) && first;
    },
    { ...slowly, what: 'one head at all four clinics' },
  );

const register = (number: number, patient: string): Promise<unknown> =>
  wardmesh(container(number), 'patient', 'register', patient, '--wait', '90s');

/** `patient get` ends with another code while there is nobody of that number, which counts as not yet. */
const foundAt = (number: number, patient: string): Promise<Found> =>
  waitFor(() => wardmesh<Found>(container(number), 'patient', 'get', patient), {
    ...slowly,
    what: `a patient at clinic ${number}`,
  });

let scratch: string;
let founded = false;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'wardmesh-containers-'));
  await refuseAnother(container(1));
  await build();
  founded = true;
});

afterAll(async () => {
  if (founded) await compose('down', '-v');
  rmSync(scratch, { recursive: true, force: true });
});

describe('the image', () => {
  it('is smaller than 200 MiB, runs as a user of its own, and looks after its health', async () => {
    const [image] = JSON.parse(await engine('image', 'inspect', IMAGE));
    console.log(`image: ${(image.Size / MIB).toFixed(0)} MiB`);
    expect(image.Size).toBeLessThan(200 * MIB);
    expect(image.Config.User).toBe('10001:10001');
    expect(JSON.stringify(image)).toContain('/app/docker/health.js');
  });

  it('holds no shell and nothing of development', async () => {
    const script = `
      const { existsSync } = require('node:fs');
      const names = ['/bin/sh', '/bin/bash', '/usr/bin/env', '/usr/local/bin/npm', '/app/cli', '/app/web'];
      const modules = ['typescript', 'vite', 'vitest', 'react'].map((name) => '/app/node_modules/' + name);
      console.log(JSON.stringify([...names, ...modules].filter(existsSync)))`;
    const words = ['run', '--rm', '--network', 'none', '--entrypoint', 'node', IMAGE, '-e', script];
    expect(JSON.parse(await engine(...words))).toEqual([]);
  });
});

describe('a network of four containers', () => {
  it('founds itself and becomes healthy on roots that nobody can write to', async () => {
    await compose('up', '-d', '--no-build', 'found');
    expect(await engine('wait', 'wardmesh-found')).toBe('0');
    await compose('up', '-d', '--no-build');
    for (const { container: name } of clinics) {
      await waitFor(() => healthy(name), { ...slowly, what: `health of ${name}` });
    }
    const script = `try { require('node:fs').writeFileSync('/app/x', '') } catch (error) { console.log(error.code) }`;
    expect(await engine('exec', container(1), 'node', '-e', script)).toBe('EROFS');
    await waitFor(async () => (await wardmesh<{ peers: number }>(container(1), 'status')).peers === 3, {
      ...slowly,
      what: 'three peers of clinic 1',
    });
  });

  it('finds at clinic 3 a patient whom clinic 1 registered', async () => {
    const [{ number }] = PATIENTS;
    await register(1, number);
    const one = await foundAt(1, number);
    expect(await foundAt(3, number)).toMatchObject({ pid: one.pid, registered: true });
  });

  it('goes on while clinic 4 is cut off and clinic 2 is killed, and is one chain when both are back', async () => {
    const [, there, here] = PATIENTS;
    await engine('network', 'disconnect', '-f', mesh, container(4));
    await engine('kill', '--signal', 'KILL', container(2));
    await register(4, there.number);
    await register(1, here.number);
    await Promise.all([mined(1, 3), mined(4, 1)]);
    const apart = await Promise.all([head(3), head(4)]);
    expect(apart[0].id).not.toBe(apart[1].id);
    await engine('network', 'connect', '--alias', clinics[3].host, mesh, container(4));
    await engine('start', container(2));
    for (const { number } of clinics) {
      for (const patient of [there, here]) await foundAt(number, patient.number);
    }
    const { height, stateRoot } = await agreed();
    console.log(`one head at height ${height}, state root ${stateRoot}`);
  });

  it('finalises what was mined after that at all four clinics', async () => {
    const { height } = await head(1);
    for (const { number } of clinics) {
      await waitFor(async () => (await head(number)).final.height >= height, {
        ...slowly,
        what: `height ${height} final at clinic ${number}`,
      });
    }
  });

  it('carries out a generated schedule of faults and agrees after it', async () => {
    const schedule = ['0 cut 3', '2 kill 1', '8 rejoin 3', '9 rejoin 1'].flatMap((fault) => ['--fault', fault]);
    const generate = fileURLToPath(new URL('../../../docker/generate.ts', import.meta.url));
    await loud(process.execPath, [generate, '--out', scratch, ...schedule]);
    const told = await loud(join(scratch, 'faults.sh'), [], { ENGINE: CLI });
    expect(told.match(/ s {2}\w+ clinic \d/g)).toHaveLength(4);
    const [, , , last] = PATIENTS;
    await register(3, last.number);
    for (const { number } of clinics) await foundAt(number, last.number);
    await agreed();
  });
});

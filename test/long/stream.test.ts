// Two gigabytes at one go into every way in of a running clinic: refused early, memory bounded, nothing stopped.
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { TestNetwork } from '../helpers/devnet.ts';
import { writeReport } from '../helpers/report.ts';
import { waitFor } from '../helpers/wait-for.ts';

const TOTAL = 2 * 1024 ** 3;
const CHUNK = randomBytes(1024 ** 2);
let net: TestNetwork;

beforeAll(async () => {
  net = await TestNetwork.found({ clinics: 2 });
  await net.startAll();
  await net.connected();
});

afterAll(() => net?.remove());

const rss = (): number => {
  const status = readFileSync(`/proc/${net.pid(1)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
};

interface Outcome {
  readonly sent: number;
  readonly answer: string;
}

/** Writes until all is out or the other side ends it. */
function pour(
  write: (chunk: Uint8Array) => boolean,
  drained: () => Promise<void>,
  over: () => boolean,
): Promise<number> {
  return (async () => {
    let sent = 0;
    while (sent < TOTAL && !over()) {
      const room = write(CHUNK);
      sent += CHUNK.length;
      if (!room) await drained();
    }
    return sent;
  })();
}

async function overHttp(headers: Record<string, string>): Promise<Outcome> {
  const { url } = net.clinic(1);
  let answer = 'no answer';
  let over = false;
  const outgoing = request(`${url}/rpc`, { method: 'POST', headers });
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      over = true;
      resolve();
    };
    outgoing.once('response', (response) => {
      answer = String(response.statusCode);
      response.resume();
      end();
    });
    outgoing.once('error', (error) => {
      if (answer === 'no answer') answer = String((error as { code?: string }).code);
      end();
    });
    outgoing.once('close', end);
  });
  const drained = (): Promise<void> =>
    Promise.race([ended, new Promise<void>((resolve) => outgoing.once('drain', resolve))]);
  const sent = await pour(
    (chunk) => outgoing.write(chunk),
    drained,
    () => over,
  );
  outgoing.end();
  await ended;
  outgoing.destroy();
  return { sent, answer };
}

async function overSocket(port: number): Promise<Outcome> {
  const socket = connect(port, '127.0.0.1');
  let over = false;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      over = true;
      resolve();
    };
    socket.once('error', end);
    socket.once('close', end);
  });
  socket.resume();
  const drained = (): Promise<void> =>
    Promise.race([ended, new Promise<void>((resolve) => socket.once('drain', resolve))]);
  const sent = await pour(
    (chunk) => socket.write(chunk),
    drained,
    () => over,
  );
  socket.destroy();
  return { sent, answer: over ? 'cut' : 'all taken' };
}

it('refuses streams of 2 GB early, keeps its memory and goes on', async () => {
  const { httpPort, p2pPort } = net.clinic(1);
  const before = rss();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, rss());
  }, 100);
  const chunked = await overHttp({ 'content-type': 'application/json' });
  const declared = await overHttp({ 'content-type': 'application/json', 'content-length': String(TOTAL) });
  const noise = await overSocket(p2pPort);
  const raw = await overSocket(httpPort);
  clearInterval(watch);
  for (const { sent } of [chunked, declared, noise, raw]) expect(sent).toBeLessThan(256 * 1024 ** 2);
  expect([chunked.answer, declared.answer].every((answer) => /^(413|400|ECONNRESET|EPIPE)$/.test(answer))).toBe(true);
  const { height } = await net.client(1).call('chain_head');
  await net.reaches(1, height + 2);
  await waitFor(async () => (await net.client(1).call('node_status')).peers === 1);
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`;
  await writeReport(
    'streams',
    'Endless streams',
    'Random bytes, 2 GiB on offer, into the ways in of a running clinic (`test/long/stream.test.ts`).',
    [
      ['POST /rpc, chunked: answer', chunked.answer],
      ['taken from the sender', mebibytes(chunked.sent)],
      ['POST /rpc, length declared: answer', declared.answer],
      ['taken from the sender', mebibytes(declared.sent)],
      ['p2p port, no handshake', `${noise.answer} after ${mebibytes(noise.sent)}`],
      ['HTTP port, no HTTP', `${raw.answer} after ${mebibytes(raw.sent)}`],
      ['memory before', mebibytes(before)],
      ['most memory meanwhile', mebibytes(most)],
    ],
  );
  expect(most - before).toBeLessThan(200 * 1024 ** 2);
});

// A flood of sign-ins at a clinic's doors, by strangers from ever new networks who keep every place taken that there is, and
// somebody who asks for something else meanwhile. The clinic is a process of its own; strangers are part of the load.
import { foundClinics, startClinic } from './clinics.ts';
import { withDirectory } from './temporary.ts';

/** More than a clinic looks at and keeps waiting. */
const STRANGERS = 48;
/** How long a stranger waits who was turned away. */
const AGAIN_MS = 25;
const PAUSE_MS = 5;
const QUIET_MS = 3_000;

export interface Latency {
  readonly count: number;
  /** ms. */
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

export interface Flood {
  /** Others without the flood, and in it. */
  readonly quiet: Latency;
  readonly others: Latency;
  /** Sign-ins that were looked at. */
  readonly looked: Latency;
  readonly lookedPerSecond: number;
  readonly turnedAwayPerSecond: number;
}

export function floodOfSignIns(seconds: number): Promise<Flood> {
  return withDirectory(async (root) => {
    const [place] = await foundClinics(root, 1);
    // A miner would take what the figures are about.
    const clinic = await startClinic({
      ...place,
      flags: ['--mining-threads', '0', '--http-trusted-proxies', '127.0.0.1'],
    });
    try {
      return await flood(`http://127.0.0.1:${place.httpPort}/rpc`, seconds);
    } finally {
      await clinic.stop();
    }
  });
}

async function flood(url: string, seconds: number): Promise<Flood> {
  let asked = 0;
  /** ms, and the code of a refusal; every call from another network. */
  const call = async (method: string, params: unknown): Promise<{ ms: number; code: string | undefined }> => {
    asked++;
    const address = `10.${(asked >> 8) & 255}.${asked & 255}.${asked >> 16}`;
    const began = performance.now();
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const { error } = await response.json();
    return { ms: performance.now() - began, code: error?.data?.code };
  };
  const othersUntil = async (end: number): Promise<number[]> => {
    const times: number[] = [];
    while (performance.now() < end) {
      const { ms, code } = await call('chain_head', {});
      if (code !== undefined) throw new Error(`others are refused: ${code}`);
      times.push(ms);
      await pause(PAUSE_MS);
    }
    return times;
  };
  await othersUntil(performance.now() + 500);
  const quiet = await othersUntil(performance.now() + QUIET_MS);

  const looked: number[] = [];
  let away = 0;
  const end = performance.now() + 1000 * seconds;
  const stranger = async (number: number): Promise<void> => {
    for (let at = 0; performance.now() < end; at++) {
      const { ms, code } = await call('session_signIn', { name: `name${number}-${at}`, auth: '00'.repeat(32) });
      if (code === 'session.refused') looked.push(ms);
      else if (code === 'session.busy') {
        away++;
        await pause(AGAIN_MS);
      } else throw new Error(`a stranger got ${code}`);
    }
  };
  const [others] = await Promise.all([othersUntil(end), ...Array.from({ length: STRANGERS }, (_, at) => stranger(at))]);
  return {
    quiet: latency(quiet),
    others: latency(others),
    looked: latency(looked),
    lookedPerSecond: looked.length / seconds,
    turnedAwayPerSecond: away / seconds,
  };
}

function latency(times: readonly number[]): Latency {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
  return { count: sorted.length, median: at(0.5), p99: at(0.99), max: at(1) };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

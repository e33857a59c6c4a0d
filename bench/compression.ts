// Whether compressing what peers send each other would pay: size and speed of zstd and deflate on ranges of full blocks and
// on headers, beside the rate at which a syncing node can take transactions at all (raw verification on all cores).
import { createPublicKey, verify } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { constants, deflateRawSync, zstdCompressSync } from 'node:zlib';
import { concatBytes } from '../common/bytes.ts';
import { encodeHeader } from '../consensus/chain/header.ts';
import { SHORT } from './lib/benchmark.ts';
import { benchNetwork, numbered, recordTransaction } from './lib/ledger.ts';
import { describeMachine, formatMachine } from './lib/machine.ts';

const TRANSACTIONS = SHORT ? 4_000 : 16_000;
const HEADERS = SHORT ? 1_000 : 4_000;
const CHECKS = 4_000;

const network = benchNetwork(4);
const transactions = Array.from({ length: TRANSACTIONS }, (_, n) => recordTransaction(network, n, 1e12 + n).bytes);
const headers = Array.from({ length: HEADERS }, (_, n) => {
  const header = {
    version: 1,
    height: n,
    parent: numbered('parent', n),
    txRoot: numbered('tx', n),
    outcomeRoot: numbered('outcome', n),
    stateRoot: numbered('state', n),
    historyRoot: numbered('history', n),
    memberSet: 0,
    signer: 1 + (n % 4),
    timestamp: 1e12 + 30_000 * n,
    target: (1n << 235n) + BigInt(n * 7919),
    extraNonce: BigInt(n),
    nonce: BigInt(n) * 123_456_789n,
  };
  return concatBytes(encodeHeader(header), network.sign(1, numbered('signature', n)));
});

const zstd = (level: number) => (bytes: Uint8Array) =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } });
const WAYS = [
  ['zstd 1', zstd(1)],
  ['zstd 3', zstd(3)],
  ['deflate 1', (bytes: Uint8Array) => deflateRawSync(bytes, { level: 1 })],
] as const;

async function verificationsPerSecond(): Promise<number> {
  const verifyRaw = promisify<null, Uint8Array, ReturnType<typeof createPublicKey>, Uint8Array, boolean>(verify);
  const { id, transaction } = recordTransaction(network, 0, 0);
  const x = Buffer.from(transaction.sender).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const start = performance.now();
  await Promise.all(Array.from({ length: CHECKS }, () => verifyRaw(null, id, key, transaction.signature)));
  return (1000 * CHECKS) / (performance.now() - start);
}

const machine = describeMachine();
const perSecond = await verificationsPerSecond();
const size = transactions.reduce((sum, { length }) => sum + length, 0) / TRANSACTIONS;
const rows = (['block range', 'headers'] as const).flatMap((what) => {
  const bytes = concatBytes(...(what === 'headers' ? headers : transactions));
  return WAYS.map(([way, compress]) => {
    compress(bytes);
    const start = performance.now();
    const { length } = compress(bytes);
    const megabytesPerSecond = bytes.length / 1e3 / (performance.now() - start);
    return { what, way, bytes: bytes.length, ratio: length / bytes.length, megabytesPerSecond };
  });
});
const lineMegabits = (8 * size * perSecond) / 1e6;
console.log(
  [
    `compression: ${TRANSACTIONS} transactions of ${size.toFixed(0)} bytes, ${HEADERS} headers`,
    `  ${formatMachine(machine)}`,
    ...rows.map(
      ({ what, way, ratio, megabytesPerSecond }) =>
        `  ${what.padEnd(11)} ${way.padEnd(9)} to ${(100 * ratio).toFixed(0)} %, ${megabytesPerSecond.toFixed(0)} MB/s on one core`,
    ),
    `  limit: verification takes ${perSecond.toFixed(0)} transactions/s on all cores, ${lineMegabits.toFixed(0)} Mbit/s of blocks: a faster line waits for it anyway`,
  ].join('\n'),
);
const folder = new URL('./results/', import.meta.url);
mkdirSync(folder, { recursive: true });
const result = { machine, at: new Date().toISOString(), rows, verificationsPerSecond: perSecond, lineMegabits };
writeFileSync(new URL('compression.json', folder), `${JSON.stringify(result, null, 2)}\n`);

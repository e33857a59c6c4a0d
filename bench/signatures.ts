// Ed25519 verifications a second: ours (byte checks, cached keys, asynchronous) beside the raw asynchronous crypto.verify on
// the same cores, each with as many in flight as import keeps.
import { createPublicKey, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { isTorsionFreeKey, sha256, signEd25519, signingKeyPair, verifyEd25519, verifyEd25519Sync } from '#crypto';
import { bigIntToBytes } from '../common/bytes.ts';
import { benchmark, SHORT } from './lib/benchmark.ts';

const COUNT = SHORT ? 2_000 : 10_000;
const SIGNERS = 16;
const IN_FLIGHT = 256;
const LIMIT = 'raw crypto.verify, asynchronous';
const SYNC_LIMIT = 'raw crypto.verify, synchronous';

const verifyRaw = promisify<null, Uint8Array, ReturnType<typeof createPublicKey>, Uint8Array, boolean>(verify);
const pairs = Array.from({ length: SIGNERS }, (_, i) => signingKeyPair(sha256(Uint8Array.of(i))));
const keys = pairs.map(({ publicKey }) =>
  createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') },
    format: 'jwk',
  }),
);
const messages = Array.from({ length: COUNT }, (_, i) => sha256(bigIntToBytes(BigInt(i), 4)));
const signatures = messages.map((message, i) => signEd25519(pairs[i % SIGNERS].seed, message));

async function all(check: (index: number) => Promise<boolean>): Promise<number> {
  let next = 0;
  const lane = async () => {
    while (next < COUNT) if (!(await check(next++))) throw new Error('a good signature was refused');
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return COUNT;
}

function each(count: number, check: (index: number) => boolean): number {
  for (let i = 0; i < count; i++) if (!check(i)) throw new Error('a good signature or key was refused');
  return count;
}

const SOME = Math.floor(COUNT / 4);
const FEW = Math.floor(COUNT / 50);

await benchmark({ name: 'signatures', about: `Ed25519 of 32 bytes, ${SIGNERS} keys, ${IN_FLIGHT} in flight` }, [
  {
    name: LIMIT,
    unit: 'signatures',
    run: () => all((i) => verifyRaw(null, messages[i], keys[i % SIGNERS], signatures[i])),
  },
  {
    name: 'verifyEd25519',
    unit: 'signatures',
    run: () => all((i) => verifyEd25519(pairs[i % SIGNERS].publicKey, messages[i], signatures[i])),
    limit: LIMIT,
  },
  {
    name: SYNC_LIMIT,
    unit: 'signatures',
    run: () => each(SOME, (i) => verify(null, messages[i], keys[i % SIGNERS], signatures[i])),
  },
  {
    name: 'verifyEd25519Sync',
    unit: 'signatures',
    run: () => each(SOME, (i) => verifyEd25519Sync(pairs[i % SIGNERS].publicKey, messages[i], signatures[i])),
    limit: SYNC_LIMIT,
  },
  {
    name: 'isTorsionFreeKey',
    unit: 'keys',
    run: () => each(FEW, (i) => isTorsionFreeKey(pairs[i % SIGNERS].publicKey)),
    limit: SYNC_LIMIT,
  },
]);

// What signing in costs the clinic, and what guessing a password costs who has stolen its database: checks a second at two
// runs at a time, beside raw scrypt; guesses a second with all that this machine has. How long sign-ins at a clinic's doors take
// in a flood of them, and what others who ask it something wait meanwhile, is kept with the figures.
import { scrypt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { Secret, TOTP } from 'otpauth';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { argon2idKdf, randomBytes, scryptKdf } from '#crypto';
import { fromHex } from '../common/bytes.ts';
import { systemClock } from '../common/clock.ts';
import { ScryptThreads } from '../common/crypto/scrypt-threads.node.ts';
import type { PasskeyPart } from '../identity/people/types.ts';
import { createdPasskey, passkeyCreation, passkeyRequest, shownPasskey } from '../identity/sign-in/passkeys.ts';
import { PASSWORD_SCRYPT, Passwords } from '../identity/sign-in/password.ts';
import { usedStep } from '../identity/sign-in/totp.ts';
import { walletMessage, walletOf } from '../identity/sign-in/wallet.ts';
import { Slots } from '../identity/slots.ts';
import { authOf, DEFAULT_KDF } from '../identity/vault/kdf.ts';
import { SoftwareAuthenticator } from '../test/helpers/software-authenticator.ts';
import { benchmark, SHORT } from './lib/benchmark.ts';
import { floodOfSignIns } from './lib/sign-in-flood.ts';

const COUNT = SHORT ? 8 : 24;
const RUNS = 2;
const IN_FLIGHT = 16;
/** What the project promises others who ask something meanwhile. */
const OTHERS_P99_MS = 50;
const CORES = availableParallelism();
const LIMIT = 'raw crypto.scrypt, two at a time';

const threads = new ScryptThreads({ clock: systemClock });
const passwords = new Passwords({}, { slots: new Slots({ limit: RUNS }, { scrypt: threads.derive }) });
const auth = randomBytes(32);
const verifier = await passwords.verifierOf(auth);
const rawScrypt = promisify<Uint8Array, Uint8Array, number, object, Uint8Array>(scrypt);
const cost = { ...PASSWORD_SCRYPT, maxmem: 2 ** 26 };

async function lanes(count: number, width: number, each: (index: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const lane = async () => {
    while (next < count) await each(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return count;
}

/** As who has the database tries one password: what the browser does, then what the clinic does. */
async function guess(): Promise<void> {
  const { memoryKiB, passes, lanes: argonLanes } = DEFAULT_KDF;
  const options = { memoryKiB, passes, lanes: argonLanes, length: 32 };
  const master = await argon2idKdf(randomBytes(12), fromHex(verifier.salt), options);
  const { N, r, p } = verifier;
  await scryptKdf(authOf(master), fromHex(verifier.salt), { N, r, p, length: 32 });
}

const origin = 'https://clinic.example';
const party = { rpId: 'clinic.example', origins: [origin] as const, name: 'Clinic' } as const;
const user = '00'.repeat(16);
const device = new SoftwareAuthenticator({ origin });
const challenge = randomBytes(32);
const creation = await passkeyCreation(party, { user, name: 'anna', displayName: 'Anna' }, [], challenge);
const made = await createdPasskey(party, challenge, device.create(creation));
const passkey: PasskeyPart = { ...made, id: 'p-0000000000000000000000', label: '', made: 0 };
const answer = device.get(await passkeyRequest(party, [], challenge));

const account = privateKeyToAccount(generatePrivateKey());
const now = Date.now();
const issued = await walletMessage(
  { address: account.address, chainId: 1, origin, statement: 'Sign in', now },
  randomBytes,
);
const signature = await account.signMessage({ message: issued.message });

const secret = randomBytes(20);
const code = new TOTP({ secret: new Secret({ buffer: new Uint8Array(secret).buffer }) }).generate({ timestamp: now });

const flood = await floodOfSignIns(SHORT ? 5 : 20);

await benchmark(
  {
    name: 'sign-in',
    about: `${RUNS} scrypt runs at a time, ${IN_FLIGHT} people; guesses on ${CORES} cores: Argon2id, then scrypt`,
    details: {
      flood,
      argon2id: DEFAULT_KDF,
      scrypt: PASSWORD_SCRYPT,
    },
  },
  [
    {
      name: LIMIT,
      unit: 'runs',
      run: () => lanes(COUNT, RUNS, () => rawScrypt(auth, fromHex(verifier.salt), 32, cost)),
    },
    {
      name: 'passwords checked',
      unit: 'checks',
      run: () => lanes(COUNT, IN_FLIGHT, () => passwords.check(auth, verifier)),
      limit: LIMIT,
      target: 0.8,
    },
    {
      name: 'passwords of unknown names refused',
      unit: 'checks',
      run: () => lanes(COUNT, IN_FLIGHT, () => passwords.check(auth, undefined)),
      limit: LIMIT,
      target: 0.8,
    },
    { name: 'guesses with the stolen database', unit: 'guesses', run: () => lanes(COUNT, CORES, guess), limit: LIMIT },
    {
      name: 'passkeys verified',
      unit: 'answers',
      run: () => lanes(50 * COUNT, 1, () => shownPasskey(party, challenge, answer, { passkey, user, counter: 0 })),
    },
    {
      name: 'wallet signatures verified',
      unit: 'signatures',
      run: () => lanes(10 * COUNT, 1, () => walletOf(issued, signature, { origin, now })),
    },
    {
      name: 'one-time codes verified',
      unit: 'codes',
      run: () => lanes(100 * COUNT, 1, async () => usedStep(secret, code, now, -1)),
    },
  ],
);
await threads.stop();
const { quiet, others, looked, lookedPerSecond, turnedAwayPerSecond } = flood;
console.log(
  `  in a flood: ${lookedPerSecond.toFixed(1)} sign-ins a second looked at, ${looked.median.toFixed(0)} ms (p99 ${looked.p99.toFixed(0)}), ${turnedAwayPerSecond.toFixed(0)} turned away
  others wait ${others.median.toFixed(1)} ms (p99 ${others.p99.toFixed(1)}; without the flood ${quiet.p99.toFixed(1)}; wanted below ${OTHERS_P99_MS}: ${others.p99 < OTHERS_P99_MS ? 'met' : 'MISSED'})`,
);

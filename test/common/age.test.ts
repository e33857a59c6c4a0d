import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AgeIdentity, type AgeRecipient, decryptAge, encryptAge, newAgeKey } from '../../common/crypto/age.ts';
import { codeOf } from '../../common/errors.ts';

const TEXT = 'written by age 1.1.1\n';
/** Files of age 1.1.1 itself: `age -p` with this passphrase, and `age -r` for the key below. */
const PASSPHRASE = 'correct horse battery';
const BY_PASSPHRASE = bytesOf(
  'YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBzNFhwVUYxRG5XQnVZMmNVeXpQWUR3IDE4CmJKWDVVcmJjL0tpQS9DQVYy' +
    'ckh1YUZFdUoycUgvMW5TUyt4SFVSZkIwMlkKLS0tIHFPQWxvVDFnOEJqYlZCS3RPZVFpU095aGNrdjI4Mmd4MDVDQmdqbWFiOHMK' +
    'dwmP2a99cZvBUZ52Ix+mmo9Wd8oPWhVOX42/nkqtln53RtNeSX2w7LUxWVBjVgFQcJMm8Q8=',
);
const IDENTITY = 'AGE-SECRET-KEY-14MUT9EVX59H0D423QDA620NN03FT54LPSE4ALT0EZEFSVTN32M9QSAT6W8';
const BY_KEY = bytesOf(
  'YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBTUm9qSTJOVFpjWHMwVDNHWFQweGhCcElWMEtTeE5TWVU0UmJidXNvT3cw' +
    'Cm1TL3h6Zm5NK04wRkt0UFhRMFBhbXdsZHFnVTNpTklDdkR4cUluZGJ4aVEKLS0tIGVmdy9ITkRzWXJvbTg0aHpuK1ZsVXFjb285' +
    'OGxUUE92NzdrWldqNTErQjgKeIW9V/TwEseWGN644fQE/Vkjk4e+Qq6x1i9In5eEo3XyozSA6cuDcoV/NVnLOSNql7BBR4k=',
);
/** Right in all but its price: 512 MiB of work, by the same passphrase. */
const GREEDY = bytesOf(
  'YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCArVmhuYldEcjVZR1l3cm1kdzZwRmN3IDE5CmIxa1BYelVxZ2pSd2hUMXQw' +
    'cStqMXMxdDk4RmNWVTd4ZmNkdlN3WkJzY1EKLS0tIGgxSDNRdHlUc1BaQjF5S29Kc2tBOWxTZUM5aVU4M2Q5SFF6RnlCelJxT2MK' +
    'WcX+za4FUjj4wNZO0VA0X8m289IoE0YdKp5JE1LvSzxL',
);

/** Cheap on purpose. */
const FAST = 4;

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

async function* pieces(bytes: Uint8Array, size = 7_001): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function all(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

const encrypt = (recipient: AgeRecipient, bytes: Uint8Array): Promise<Buffer> =>
  all(encryptAge(recipient, pieces(bytes)));
const decrypt = (identity: AgeIdentity, bytes: Uint8Array, size?: number): Promise<Buffer> =>
  all(decryptAge(identity, pieces(bytes, size)));

const byPassphrase = { type: 'passphrase', passphrase: PASSPHRASE } as const;
const byKey = { type: 'key', identity: IDENTITY } as const;

describe('age files', () => {
  test('of age itself open, by passphrase and by key, however the bytes arrive', async () => {
    expect((await decrypt(byPassphrase, BY_PASSPHRASE, 50)).toString()).toBe(TEXT);
    for (const size of [1, 50, 10_000]) expect((await decrypt(byKey, BY_KEY, size)).toString()).toBe(TEXT);
  });

  test('give back what was put in, around every border of a chunk, to each recipient', async () => {
    const [one, other] = [await newAgeKey(), await newAgeKey()];
    for (const length of [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000]) {
      const plain = new Uint8Array(length).map((_, i) => i * 7);
      const file = await encrypt({ type: 'key', recipients: [one.recipient, other.recipient] }, plain);
      for (const { identity } of [one, other]) {
        expect((await decrypt({ type: 'key', identity }, file)).equals(plain)).toBe(true);
      }
    }
  });

  test('do not open with another passphrase or key', async () => {
    for (const [identity, file] of [
      [{ type: 'passphrase', passphrase: 'another' }, await encrypt({ ...byPassphrase, log2N: FAST }, BY_KEY)],
      [{ type: 'key', identity: (await newAgeKey()).identity }, BY_KEY],
      [byKey, BY_PASSPHRASE],
      [byPassphrase, BY_KEY],
    ] as const) {
      await expect(decrypt(identity, file)).rejects.toMatchObject({ code: 'crypto.open' });
    }
    await expect(decrypt({ type: 'key', identity: IDENTITY.slice(0, -1) }, BY_KEY)).rejects.toMatchObject({
      code: 'crypto.input',
    });
  });

  test('that are altered, cut short or longer are refused', async () => {
    const file = await encrypt({ ...byPassphrase, log2N: FAST }, new Uint8Array(70_000).fill(9));
    const damage = fc.oneof(
      fc.tuple(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, xor]) => {
        const bytes = Uint8Array.from(file);
        bytes[at] ^= xor;
        return bytes;
      }),
      fc.nat(file.length - 1).map((length) => Uint8Array.from(file.subarray(0, length))),
      fc.uint8Array({ minLength: 1, maxLength: 30 }).map((more) => new Uint8Array([...file, ...more])),
    );
    await fc.assert(
      fc.asyncProperty(damage, async (bytes) => {
        const code = await decrypt(byPassphrase, bytes).then(() => 'opened', codeOf);
        expect(code).toBe('crypto.open');
      }),
      { numRuns: 60 },
    );
  });

  test('cut at the border of a chunk are refused', async () => {
    const file = await encrypt({ ...byPassphrase, log2N: FAST }, new Uint8Array(2 * 65_536 + 5));
    await expect(decrypt(byPassphrase, file.subarray(0, file.length - 21))).rejects.toMatchObject({
      code: 'crypto.open',
    });
  });

  test('ask for no more memory than is sane', async () => {
    await expect(decrypt(byPassphrase, GREEDY)).rejects.toMatchObject({ code: 'crypto.open' });
  });

  test('are read no further than a header may be long, and what their source fails with is said as it is', async () => {
    let asked = 0;
    const endless = async function* () {
      for (; asked < 99; asked++) yield Buffer.from(`age-encryption.org/v1\n-> X25519 ${'a'.repeat(10_000)}`);
    };
    await expect(all(decryptAge(byKey, endless()))).rejects.toMatchObject({ code: 'crypto.open' });
    expect(asked).toBeLessThan(3);
    const gone = new Error('the disk is gone');
    const failing = async function* () {
      yield BY_KEY.slice(0, BY_KEY.length - 9);
      throw gone;
    };
    await expect(all(decryptAge(byKey, failing()))).rejects.toBe(gone);
    await expect(all(encryptAge({ ...byPassphrase, log2N: FAST }, failing()))).rejects.toBe(gone);
    await expect(encrypt({ type: 'key', recipients: ['age1x'] }, BY_KEY)).rejects.toMatchObject({
      code: 'crypto.input',
    });
  });

  test.skipIf(!hasAge())('open with age itself where it is installed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'wardmesh-age-'));
    const { identity, recipient } = await newAgeKey();
    const plain = new Uint8Array(150_000).map((_, i) => i);
    await writeFile(join(directory, 'key'), `${identity}\n`);
    await writeFile(join(directory, 'file'), await encrypt({ type: 'key', recipients: [recipient] }, plain));
    const opened = execFileSync('age', ['-d', '-i', join(directory, 'key'), join(directory, 'file')]);
    await rm(directory, { recursive: true });
    expect(opened.equals(plain)).toBe(true);
  });
});

function hasAge(): boolean {
  try {
    execFileSync('age', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

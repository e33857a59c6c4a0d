import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256, signingKeyPair } from '#crypto';
import { concatBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { CodedError } from '../../common/errors.ts';
import { blockId, encodeSignedHeader } from '../../consensus/chain/header.ts';
import {
  ChainFileReader,
  type ChainItem,
  decodeChainItem,
  encodeChainFileStart,
} from '../../consensus/proofs/chain-file.ts';
import { encodeLightChain, verifyLightChain } from '../../consensus/proofs/light-chain.ts';
import { ChainVerifier } from '../../consensus/proofs/verify-chain.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { temporaryDirectory } from './chain-fixture.ts';
import { FinalChain } from './final-chain.ts';

describe('a chain file', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let chain: FinalChain;
  let headers: readonly Uint8Array[];
  let start: Uint8Array;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    const options = { path: directory.path, genesis: new FinalChain(undefined as never).genesis };
    chain = await new FinalChain(new ChainDatabase(options)).open();
    await chain.grow(6);
    const voteKey = signingKeyPair(sha256(Uint8Array.of(2, 9))).publicKey;
    await chain.add([chain.governed({ type: 'update', clinic: 2, fields: { voteKey } })]);
    await chain.grow(16, { finalise: true });
    const bites = chain.view.ripe?.bites as number;
    await chain.grow(bites + 3, { finalise: true });
    chain.voters.set(2, 9);
    await chain.grow(bites + 17, { finalise: true });
    headers = await chain.store.headers(1, 1000);
    start = encodeChainFileStart(chain.genesisId, encodeLightChain(await chain.store.lightChain()));
  });

  afterAll(async () => {
    await chain.store.close();
    await directory.remove();
  });

  async function verify(bytes: Uint8Array, piece = 1000): Promise<ChainVerifier> {
    const reader = new ChainFileReader();
    let verifier: ChainVerifier | undefined;
    for (let at = 0; at < bytes.length; at += piece) {
      const items = reader.take(bytes.subarray(at, at + piece));
      if (reader.head === undefined) continue;
      verifier ??= new ChainVerifier(await verifyLightChain(chain.genesis, reader.head.lightChain));
      await verifier.extend(items);
    }
    reader.end();
    verifier?.end();
    return verifier as ChainVerifier;
  }

  const file = (items: readonly Uint8Array[]): Uint8Array => concatBytes(start, ...items);
  const codeOf = (bytes: Uint8Array): Promise<string> =>
    verify(bytes).then(
      () => 'accepted',
      (error: unknown) => {
        if (error instanceof CodedError) return error.code;
        throw error;
      },
    );

  test('holds from genesis to its last header, read in pieces of any size', async () => {
    for (const piece of [7, 300, 1 << 20]) {
      const { tip, counts } = await verify(file(headers), piece);
      expect(tip.id).toEqual(chain.tip.id);
      expect(counts.headers).toBe(headers.length);
      expect(counts.certificates).toBeGreaterThan(5);
    }
  });

  test('is refused when it stops before the final header, leaves one out, or ends inside one', async () => {
    expect(await codeOf(file(headers.slice(0, 8)))).toBe('proof.history');
    expect(await codeOf(file([...headers.slice(0, 5), ...headers.slice(6)]))).toBe('block.parent');
    expect(await codeOf(file(headers).subarray(0, -1))).toBe('codec.short');
  });

  test('is refused with any bit changed anywhere', async () => {
    const bytes = file(headers);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
        const forged = bytes.slice();
        forged[at] ^= 1 << bit;
        // The name of the network's genesis is compared by who reads the file's start.
        if (at >= 17 && at < 49) return;
        expect(await codeOf(forged)).not.toBe('accepted');
      }),
      { numRuns: 80 },
    );
  });

  test('is refused with another chain on top of the same founders', async () => {
    const item = decodeChainItem(headers[20]);
    const other = { ...item.signed.header, timestamp: item.signed.header.timestamp + 1 };
    const bytes = concatBytes(
      encodeSignedHeader({ ...item.signed, header: other }),
      Uint8Array.of(item.certificate.length >> 8, item.certificate.length),
      item.certificate,
    );
    expect(blockId(other)).not.toEqual(blockId(item.signed.header));
    const code = await codeOf(file([...headers.slice(0, 20), bytes, ...headers.slice(21)]));
    expect(['block.signature', 'block.parent', 'block.target']).toContain(code);
  });

  test('has a reader that takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 900 }), fc.boolean(), (noise, framed) => {
        const reader = new ChainFileReader();
        try {
          const items: ChainItem[] = reader.take(framed ? concatBytes(start, noise) : noise);
          expect(items.length).toBeLessThan(4);
          reader.end();
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
    );
  });
});

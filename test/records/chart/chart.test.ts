// What a chart is made of, as bytes and as secrets: names that nobody joins, rows and packets that open for one purpose, and
// tickets that serve one connection.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encryptionKeyPair, randomBytes, signingKeyPair } from '#crypto';
import { xWingPublicKey } from '../../../common/crypto/x-wing.ts';
import { chartId, chartKey, chartSecret, quarterOf, subjectOf } from '../../../records/chart/chart-key.ts';
import { decodeFacts, encodeFacts, encounterId, openFacts, sealFacts } from '../../../records/chart/content-facts.ts';
import { CUSTODIANS, custodiansOf, custodyOrder } from '../../../records/chart/custodians.ts';
import {
  decodeHybridKey,
  encodeHybridKey,
  makeHybridKey,
  openingKey,
  verifyHybridKey,
} from '../../../records/chart/hybrid-key.ts';
import {
  decodeKeyRow,
  encodeKeyRow,
  makeKeyRow,
  matchesCommitment,
  openDataKey,
  openManifest,
  rewrapKeyRow,
  verifyKeyRow,
  withoutWrap,
} from '../../../records/chart/key-row.ts';
import { decodeManifest, encodeManifest, manifestCommitment } from '../../../records/chart/manifest.ts';
import {
  decodePacket,
  encodePacket,
  MAX_PACKET_BYTES,
  makePacket,
  openPacket,
  SUITE_HYBRID,
  SUITE_X25519,
  verifyPacket,
} from '../../../records/chart/packet.ts';
import {
  checkTicket,
  decodeTicket,
  encodeTicket,
  signTicket,
  TICKET_TTL_MS,
  type Ticket,
} from '../../../records/ticket.ts';
import { bytes, contentFacts, manifest, packetName, rowName, ticket } from './generators.ts';

const genesisId = randomBytes(32);
const node = signingKeyPair();
const signer = { genesisId, seed: node.seed };
const few = { numRuns: 15 };
const cannotOpen = expect.objectContaining({ code: 'crypto.open' });

describe('a chart', () => {
  it('has names that differ by clinic, patient, family and quarter, and are always the same', () => {
    const [a, b] = [chartSecret(new Uint8Array(32).fill(1)), chartSecret(new Uint8Array(32).fill(2))];
    const key = chartKey(a, 'pid1x');
    const q4 = Date.UTC(2026, 11, 31, 23, 59, 59);
    const names = [
      chartKey(a, 'pid1x'),
      chartKey(b, 'pid1x'),
      chartKey(a, 'pid1y'),
      chartId(key),
      subjectOf(key, 'records', q4),
      subjectOf(key, 'records', q4 + 1000),
      subjectOf(key, 'appointments', q4),
    ];
    expect(new Set(names.map((name) => Buffer.from(name).toString('hex'))).size).toBe(names.length);
    expect(chartKey(a, 'pid1x')).toEqual(key);
    expect([quarterOf(q4), quarterOf(q4 + 1000)]).toEqual(['2026Q4', '2027Q1']);
  });

  it('has two custodians beside its writer, never one that holds a key, and few move when a clinic comes', () => {
    fc.assert(
      fc.property(bytes(32), fc.integer({ min: 1, max: 12 }), fc.nat(11), (handle, size, holder) => {
        const members = Array.from({ length: size }, (_, index) => index + 1);
        const holds = (clinic: number) => clinic === holder;
        const found = custodiansOf(custodyOrder(handle, 1, members), holds);
        const eligible = members.filter((clinic) => clinic !== 1 && !holds(clinic)).length;
        expect(found).toHaveLength(Math.min(CUSTODIANS, eligible));
        expect(found.some((clinic) => clinic === 1 || holds(clinic))).toBe(false);
        const after = custodiansOf(custodyOrder(handle, 1, [...members, 99]), holds);
        expect(after.filter((clinic) => clinic !== 99).every((clinic) => found.includes(clinic))).toBe(true);
      }),
    );
  });
});

describe('bytes of charts', () => {
  it('come back as they were, one encoding per value', async () => {
    fc.assert(
      fc.property(manifest, (value) => {
        const encoded = encodeManifest(value);
        expect(decodeManifest(encoded)).toEqual(value);
      }),
      few,
    );
    await fc.assert(
      fc.asyncProperty(rowName, manifest, contentFacts, packetName, ticket, async (name, said, known, to, asked) => {
        const content = { manifest: said, salt: randomBytes(32), dataKey: randomBytes(32) };
        const bare = makeKeyRow(name, randomBytes(32), content, signer);
        const facts = sealFacts(name, { epoch: 1, key: randomBytes(32) }, known);
        const row = makeKeyRow(name, randomBytes(32), { ...content, facts }, signer);
        expect(decodeFacts(encodeFacts(known))).toEqual(known);
        for (const form of [row, bare, withoutWrap(row)]) {
          expect(decodeKeyRow(encodeKeyRow(form))).toEqual(form);
          expect(await verifyKeyRow(decodeKeyRow(encodeKeyRow(form)), genesisId)).toBe(true);
        }
        const granteeKey = encryptionKeyPair().publicKey;
        for (const hybrid of [undefined, xWingPublicKey(randomBytes(32))]) {
          const packet = await makePacket({ ...to, granteeKey }, randomBytes(32), signer, hybrid);
          expect(encodePacket(packet).length).toBeLessThanOrEqual(MAX_PACKET_BYTES);
          expect(decodePacket(encodePacket(packet))).toEqual(packet);
          expect(await verifyPacket(packet, genesisId)).toBe(true);
        }
        const key = makeHybridKey(3, granteeKey, openingKey(randomBytes(32), randomBytes(32)), signer);
        expect(decodeHybridKey(encodeHybridKey(key))).toEqual(key);
        const signed = signTicket(asked, genesisId, node.seed);
        expect(decodeTicket(encodeTicket(signed))).toEqual(signed);
      }),
      few,
    );
  });

  it('are refused with a code whatever else they are: rows, packets, manifests, tickets', () => {
    const signed = encodeTicket(signTicket(fc.sample(ticket, 1)[0], genesisId, node.seed));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), fc.nat(), fc.nat(), (input, at, cut) => {
        for (const decode of [decodeManifest, decodeKeyRow, decodeFacts, decodePacket, decodeHybridKey, decodeTicket]) {
          expect(() => decode(input)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^codec\./) }));
        }
        expect(() => decodeTicket(signed.subarray(0, cut % signed.length))).toThrow();
        const altered = signed.slice();
        altered[at % altered.length] ^= 1;
        try {
          expect(encodeTicket(decodeTicket(altered))).toEqual(altered);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^codec\./) });
        }
      }),
    );
  });
});

describe('a key row', () => {
  const [said] = fc.sample(manifest, 1);
  const [name] = fc.sample(rowName, 1);
  const [old, next] = [randomBytes(32), randomBytes(32)];
  const content = { manifest: said, salt: randomBytes(32), dataKey: randomBytes(32) };
  const row = makeKeyRow(name, old, content, signer);

  it('gives data key and manifest to who has the category key, and to nobody once it stands in another row', () => {
    expect(openDataKey(row, old)).toEqual(content.dataKey);
    expect(openManifest(row, old)).toEqual({ manifest: said, salt: content.salt });
    expect(() => openDataKey(row, next)).toThrow(cannotOpen);
    for (const moved of [{ epoch: row.epoch + 1 }, { version: row.version + 1 }, { chart: randomBytes(32) }]) {
      expect(() => openDataKey({ ...row, ...moved }, old)).toThrow(cannotOpen);
    }
  });

  it('under the key of the next epoch opens for the next key alone, with the same content', () => {
    const moved = rewrapKeyRow(row, old, { epoch: name.epoch + 1, categoryKey: next }, signer);
    expect(moved).toMatchObject({ epoch: name.epoch + 1, revision: name.revision + 1, record: name.record });
    expect(openDataKey(moved, next)).toEqual(content.dataKey);
    for (const open of [openDataKey, openManifest]) expect(() => open(moved, old)).toThrow(cannotOpen);
  });

  it('in a list opens nothing, not even with the category key', () => {
    const listed = decodeKeyRow(encodeKeyRow(withoutWrap(row)));
    expect(openManifest(listed, old).manifest).toEqual(said);
    expect(() => openDataKey(listed, old)).toThrow(cannotOpen);
  });

  it('is of the clinic that signed it, down to the wrapped key', async () => {
    expect(row.signer).toEqual(node.publicKey);
    expect(await verifyKeyRow({ ...row, signer: signingKeyPair().publicKey }, genesisId)).toBe(false);
    expect(await verifyKeyRow(row, randomBytes(32))).toBe(false);
    const other = makeKeyRow(name, old, content, signer);
    const mixed = decodeKeyRow(encodeKeyRow({ ...row, wrap: other.wrap }));
    expect(await verifyKeyRow(mixed, genesisId)).toBe(false);
  });

  it('tells who holds the consent key what stands in the version, wrapped anew too, and nobody of another version', async () => {
    const [known] = fc.sample(contentFacts, 1);
    const consent = { epoch: 3, key: randomBytes(32) };
    const told = makeKeyRow(name, old, { ...content, facts: sealFacts(name, consent, known) }, signer);
    const moved = rewrapKeyRow(told, old, { epoch: name.epoch + 1, categoryKey: next }, signer);
    for (const one of [told, moved]) {
      if (one.facts === undefined) throw new Error('the facts are lost');
      expect(openFacts(one, one.facts, consent.key)).toEqual(known);
      expect(() => openFacts(one, one.facts as never, next)).toThrow(cannotOpen);
      for (const other of [{ version: one.version + 1 }, { record: randomBytes(32) }, { chart: randomBytes(32) }]) {
        expect(() => openFacts({ ...one, ...other }, one.facts as never, consent.key)).toThrow(cannotOpen);
      }
      expect(await verifyKeyRow(one, genesisId)).toBe(true);
      // Whoever passes a row on neither drops what it says nor puts something else in its place.
      expect(await verifyKeyRow({ ...one, facts: undefined }, genesisId)).toBe(false);
      expect(await verifyKeyRow({ ...one, facts: { ...one.facts, epoch: 4 } }, genesisId)).toBe(false);
    }
  });

  it('names an encounter alike however it is referred to, and otherwise in every chart', () => {
    const chart = randomBytes(32);
    const id = encounterId(chart, 'Encounter/e1');
    for (const reference of ['https://elsewhere.example/fhir/Encounter/e1', 'Encounter/e1/_history/2']) {
      expect(encounterId(chart, reference)).toEqual(id);
    }
    for (const [other, reference] of [
      [chart, 'Encounter/e2'],
      [chart, 'urn:uuid:e1'],
      [randomBytes(32), 'Encounter/e1'],
    ] as const) {
      expect(encounterId(other, reference)).not.toEqual(id);
    }
  });

  it('is held against what the chain was told', () => {
    const commitment = manifestCommitment(content.salt, encodeManifest(said));
    expect(matchesCommitment(content, commitment)).toBe(true);
    expect(matchesCommitment({ ...content, salt: randomBytes(32) }, commitment)).toBe(false);
    expect(matchesCommitment({ ...content, manifest: { ...said, size: said.size + 1 } }, commitment)).toBe(false);
  });
});

describe('a key packet', () => {
  it('opens for its clinic, also after a change of its key, and for no other chart, epoch, grant, purpose or end', async () => {
    const [name] = fc.sample(packetName, 1);
    const keys = encryptionKeyPair();
    const categoryKey = randomBytes(32);
    const own = openingKey(keys.secretKey, randomBytes(32));
    const another = openingKey(randomBytes(32), randomBytes(32));
    for (const hybrid of [undefined, xWingPublicKey(own.hybrid)]) {
      const packet = await makePacket({ ...name, granteeKey: keys.publicKey }, categoryKey, signer, hybrid);
      expect(packet.suite).toBe(hybrid === undefined ? SUITE_X25519 : SUITE_HYBRID);
      expect(await openPacket(packet, genesisId, [another, own])).toEqual(categoryKey);
      await expect(openPacket(packet, genesisId, [another])).rejects.toThrow(cannotOpen);
      for (const altered of [
        { chart: randomBytes(32) },
        { epoch: name.epoch + 1 },
        { grant: randomBytes(32) },
        { purpose: name.purpose ^ 1 },
        { ends: name.ends + 1 },
        { suite: packet.suite ^ 3 },
      ]) {
        await expect(openPacket({ ...packet, ...altered }, genesisId, [own])).rejects.toThrow(cannotOpen);
        expect(await verifyPacket({ ...packet, ...altered }, genesisId)).toBe(false);
      }
    }
  });

  it('of the hybrid suite stays shut for who has worked out the X25519 secret alone, from the key on the chain', async () => {
    const [name] = fc.sample(packetName, 1);
    const keys = encryptionKeyPair();
    const own = openingKey(keys.secretKey, randomBytes(32));
    const to = { ...name, granteeKey: keys.publicKey };
    const packet = await makePacket(to, randomBytes(32), signer, xWingPublicKey(own.hybrid));
    const guessed = openingKey(keys.secretKey, randomBytes(32));
    await expect(openPacket(packet, genesisId, [guessed])).rejects.toThrow(cannotOpen);
  });
});

describe('a hybrid key', () => {
  it('is of the clinic that signed it, for one key on the chain', async () => {
    const keys = encryptionKeyPair();
    const opening = openingKey(keys.secretKey, randomBytes(32));
    const key = makeHybridKey(3, keys.publicKey, opening, signer);
    expect(key.publicKey).toEqual(xWingPublicKey(opening.hybrid));
    expect(await verifyHybridKey(key, genesisId)).toBe(true);
    for (const altered of [
      { clinic: 4 },
      { encryptionKey: encryptionKeyPair().publicKey },
      { publicKey: xWingPublicKey(randomBytes(32)) },
      { signer: signingKeyPair().publicKey },
    ]) {
      expect(await verifyHybridKey({ ...key, ...altered }, genesisId)).toBe(false);
    }
    expect(await verifyHybridKey(key, randomBytes(32))).toBe(false);
  });
});

describe('a ticket', () => {
  const now = 1_800_000_000_000;
  const reader = { clinic: 3, nodeKey: node.publicKey };
  const asked: Ticket = {
    ...fc.sample(ticket, 1)[0],
    ...{ clinic: 3, serving: 4, peer: node.publicKey, ends: now + TICKET_TTL_MS },
  };
  const signed = signTicket(asked, genesisId, node.seed);
  const facts = { genesisId, own: 4, connection: reader, now };

  it('serves the clinic that signed it, at the clinic that it names, for a minute', async () => {
    expect(await checkTicket(signed, facts)).toBeUndefined();
    expect(await checkTicket(signed, { ...facts, now: asked.ends })).toBe('expired');
    expect(await checkTicket(signed, { ...facts, now: now - 3 * TICKET_TTL_MS })).toBe('expired');
    expect(await checkTicket(signed, { ...facts, own: 1 })).toBe('serving');
    expect(await checkTicket(signed, { ...facts, genesisId: randomBytes(32) })).toBe('signature');
    const altered = { ...signed, ticket: { ...asked, purpose: asked.purpose ^ 1 } };
    expect(await checkTicket(altered, facts)).toBe('signature');
  });

  it('is worth nothing to the clinic that received it, passed on as it is or made its own', async () => {
    const thief = signingKeyPair();
    const over = { ...facts, own: 1, connection: { clinic: 4, nodeKey: thief.publicKey } };
    expect(await checkTicket(signed, over)).toBe('serving');
    const redirected = { ...asked, serving: 1 };
    expect(await checkTicket({ ...signed, ticket: redirected }, over)).toBe('connection');
    const renamed = { ...redirected, peer: thief.publicKey };
    expect(await checkTicket({ ...signed, ticket: renamed }, over)).toBe('clinic');
    expect(await checkTicket({ ...signed, ticket: { ...renamed, clinic: 4 } }, over)).toBe('signature');
  });
});

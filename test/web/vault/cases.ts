// What the patient's page does with her vault, against a clinic that keeps whatever it is sent: the same cases on Node and in
// Chromium. What a clinic takes in is test/node/vault.
import { encryptionKeyPair, randomBytes, signingKeyPair } from '#crypto';
import { equalBytes, fromHex, toHex } from '../../../common/bytes.ts';
import type { OpenVault } from '../../../identity/vault/vault.ts';
import { decodeKeyRow, encodeKeyRow, type KeyRow, openDataKey, verifyKeyRow } from '../../../records/chart/key-row.ts';
import { decodePacket, openPacket, type Packet } from '../../../records/chart/packet.ts';
import { encodeWord, NOTHING_ASKED, verifyWord } from '../../../records/vault/word.ts';
import type { RpcClient } from '../../../rpc/client.ts';
import type { MyRecord } from '../../../rpc/schema/me.ts';
import type { Result } from '../../../rpc/schema/methods.ts';
import {
  addToVault,
  openItems,
  readVault,
  shareWith,
  stopSharing,
  type UploadEnvelope,
} from '../../../web/shared/vault/my-records.ts';

const TITLE = 'Parallelepiped of the knee';
const NOW = 1_797_000_000_000;

function need(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Keeps what comes, and gives it back. */
function clinic() {
  const genesis = randomBytes(32);
  const grantee = encryptionKeyPair(randomBytes(32));
  const device = { signing: randomBytes(32), encryption: randomBytes(32) };
  const blobs = new Map<string, Uint8Array>();
  const rows = new Map<string, KeyRow>();
  const packets: Packet[] = [];
  const shares: { readonly word: { key: string; at: number; signature: string } }[] = [];
  const vault: Result<'me_vault'> = {
    authority: null,
    ...{ clinic: 1, own: true, now: NOW, chart: toHex(randomBytes(32)), handle: toHex(randomBytes(32)) },
    ...{ account: toHex(randomBytes(32)), keys: [], grants: [], rekey: [] },
    clinics: [
      { clinic: 3, clinicName: null, organisation: 3, encryptionKey: toHex(grantee.publicKey), hybridKey: null },
    ],
  };
  const item = (row: KeyRow): MyRecord => ({
    ...{ record: toHex(row.record), version: row.version, amendment: 'original', about: null, date: row.written },
    ...{ category: row.category, kind: null, title: null, mediaType: null, size: null, writtenBy: null },
    ...{ clinic: 1, clinicName: null, status: 'standing', reason: '', mode: 'vault', cid: row.cid },
    row: toHex(encodeKeyRow(row)),
  });
  const answers: Record<string, (params: never) => unknown> = {
    node_health: () => ({ genesis: toHex(genesis) }),
    me_vault: () => vault,
    me_records: () => ({ records: [...rows.values()].map(item), sealed: 0, branches: [] }),
    me_recipients: () => ({ clinics: [3] }),
    me_envelope: ({ record, offset }: { record: string; offset: number }) => {
      const bytes = blobs.get(rows.get(record)?.cid ?? '') ?? new Uint8Array(0);
      const part = bytes.subarray(offset, offset + 30_000);
      return { bytes: btoa(String.fromCharCode(...part)), size: bytes.length };
    },
    me_recordAdd: ({ row, newKey }: { row: string; newKey?: string }) => {
      const made = decodeKeyRow(fromHex(row));
      rows.set(toHex(made.record), made);
      if (newKey !== undefined) vault.keys.push({ category: made.category, epoch: made.epoch, sealed: newKey });
      return { record: toHex(made.record) };
    },
    me_share: ({ vault: part, word }: { vault: { packets: string[] }; word: (typeof shares)[number]['word'] }) => {
      packets.push(...part.packets.map((one) => decodePacket(fromHex(one))));
      shares.push({ word });
      return { share: '00'.repeat(32) };
    },
    me_stop: () => ({ stopped: true, rekey: ['imaging'] }),
    me_rekey: ({ epoch, newKey, rows: moved }: { epoch: number; newKey: string; rows: string[] }) => {
      for (const row of moved.map((one) => decodeKeyRow(fromHex(one)))) rows.set(toHex(row.record), row);
      vault.keys.splice(0, vault.keys.length, { category: 'imaging', epoch, sealed: newKey });
      return { epoch, left: 0 };
    },
  };
  const client = { call: async (method: string, params: never) => answers[method]?.(params) } as unknown as RpcClient;
  const upload: UploadEnvelope = async (envelope) => {
    const cid = `b${toHex(randomBytes(8))}`;
    blobs.set(cid, new Uint8Array(await envelope.arrayBuffer()));
    return { cid, size: envelope.size };
  };
  const open: OpenVault = {
    file: { id: randomBytes(16), ways: [], contents: new Uint8Array(0) },
    ...{ key: randomBytes(32), contents: { device, locks: [] } },
  };
  const content = new Uint8Array(150_000).map((_, index) => (index * 31) % 253);
  const about = { file: new Blob([content]), title: TITLE, mediaType: 'image/png', category: 'imaging' as const };
  const add = () => addToVault(client, open, about, { upload });
  return { genesis, grantee, device, blobs, rows, packets, shares, vault, client, open, content, add, item };
}

export const CASES: readonly (readonly [claim: string, run: () => Promise<void>])[] = [
  [
    'seals a document, and opens it byte for byte',
    async () => {
      const one = clinic();
      await one.add();
      const [sealed] = [...one.rows.values()].map(one.item);
      const [item] = await openItems(one.client, one.open, sealed === undefined ? [] : [sealed]);
      need(item?.title === TITLE && item.size === one.content.length, 'the manifest does not open');
      const read = await readVault(one.client, one.open, item as MyRecord);
      need(equalBytes(read.bytes, one.content) && read.mediaType === 'image/png', 'the content is another');
      const [envelope] = one.blobs.values();
      const text = new TextDecoder('latin1').decode(envelope);
      need(
        !text.includes(TITLE) && !text.includes(String.fromCharCode(...one.content.subarray(500, 540))),
        'in the clear',
      );
      const [row] = one.rows.values();
      need(row !== undefined && (await verifyKeyRow(row, one.genesis)), 'the row is not signed');
      need(equalBytes(row?.signer ?? one.genesis, signingKeyPair(one.device.signing).publicKey), 'by another key');
    },
  ],
  [
    'gives a clinic the key of what is shared by a word that its device signs, and takes it back by a new one',
    async () => {
      const one = clinic();
      await one.add();
      const until = NOW + 86_400_000;
      const terms = { categories: ['imaging' as const], purposes: ['TREAT' as const], until };
      await shareWith(one.client, one.open, { to: { clinic: 3 }, ...terms });
      const [packet] = one.packets;
      if (packet === undefined) throw new Error('no packet');
      const keys = [{ encryption: one.grantee.secretKey, hybrid: new Uint8Array(32) }];
      const key = await openPacket(packet, one.genesis, keys);
      const [before] = one.rows.values();
      need(openDataKey(before as KeyRow, key).length === 32, 'the packet does not open the row');
      const [{ word }] = one.shares as [(typeof one.shares)[number]];
      const account = fromHex(one.vault.account);
      const actor = { kind: 'clinic' as const, clinic: 3 };
      const said = { act: 'share' as const, clinic: 1, account, about: NOTHING_ASKED, at: word.at };
      const bytes = encodeWord({ ...said, terms: { actor, ...terms } });
      need(await verifyWord(bytes, one.genesis, fromHex(word.key), fromHex(word.signature)), 'the word is not signed');
      await stopSharing(one.client, one.open, { share: '00'.repeat(32) });
      const [after] = one.rows.values();
      need(after?.epoch === 2 && after.revision === 2, 'the row did not move');
      let opened = true;
      try {
        openDataKey(after as KeyRow, key);
      } catch {
        opened = false;
      }
      need(!opened, 'the old key opens the row');
      const item = one.item(after as KeyRow);
      need(equalBytes((await readVault(one.client, one.open, item)).bytes, one.content), 'she cannot read on');
    },
  ],
];

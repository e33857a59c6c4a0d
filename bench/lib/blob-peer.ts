// The other clinic of a measurement of blobs, as a process of its own: holds one blob and serves it by `/wardmesh/blob/1`;
// on a second host it pours as many bytes into a bare libp2p stream. Arguments: folder, bytes. Says on its channel where it is.
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import type { Stream } from '@libp2p/interface';
import { randomBytes, signingKeyPair } from '#crypto';
import { concatBytes } from '../../common/bytes.ts';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { BlobServer } from '../../node/blobs/blob-server.ts';
import { DiskBlobStore } from '../../node/blobs/disk-blob-store.ts';
import { createNetwork } from '../../p2p/network.ts';
import { bareHost, CLINIC_ADDRESS, SEEDS, send, usage } from './blob-hosts.ts';

const MIB = 1024 * 1024;
const [, , path, text] = process.argv;
const bytes = Number(text);
const logger = createLogger({ level: 'silent' });

async function* made(): AsyncGenerator<Uint8Array> {
  const part = randomBytes(MIB);
  const view = new DataView(part.buffer);
  for (let at = 0; at < bytes; at += MIB) {
    view.setUint32(0, at / MIB);
    yield part.slice(0, Math.min(MIB, bytes - at));
  }
}

const store = new DiskBlobStore({ path }, { demandRoom: () => {} });
await store.open();
const { cid } = await store.put(made());
const network = createNetwork({ privateSeed: SEEDS.serving, listen: [CLINIC_ADDRESS] }, { logger, clock: systemClock });
new BlobServer({ store, network, authorise: async () => true, logger });
await network.start();
const { publicKey } = signingKeyPair(SEEDS.asking);
const { peerIdOf } = await import('../../p2p/peer-id.ts');
network.setMembers([{ peerId: peerIdOf(publicKey), addresses: [] }]);
const host = await bareHost(privateKeyFromRaw(concatBytes(SEEDS.bare, signingKeyPair(SEEDS.bare).publicKey)));
await host.handle('/wardmesh/bench-bare/1', async (stream: Stream) => {
  const part = randomBytes(MIB / 4);
  for (let at = 0; at < bytes; at += part.length) await send(stream, part);
  await stream.close();
});
process.on('message', () => process.send?.(usage()));
process.on('disconnect', () => process.exit(0));
process.send?.({ cid, clinic: network.addresses(), peerId: network.peerId, bare: host.getMultiaddrs().map(String) });

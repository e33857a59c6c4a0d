// A blob as a CAR file (version 1, one root), block after block, for any IPFS node. Owns the format's library.
import { CarWriter } from '@ipld/car/writer';
import { parseCid } from './cid.ts';
import type { Block } from './dag.ts';

/** `blocks`: all of the DAG below `root`. What fails in them fails the file. */
export async function* carFile(
  root: string,
  blocks: AsyncIterable<Block>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { writer, out } = CarWriter.create([parseCid(root)]);
  let failed: { readonly error: unknown } | undefined;
  const written = (async () => {
    try {
      for await (const { cid, bytes } of blocks) await writer.put({ cid: parseCid(cid), bytes });
    } catch (error) {
      failed = { error };
    }
    await writer.close();
  })();
  yield* out;
  await written;
  if (failed !== undefined) throw failed.error;
}

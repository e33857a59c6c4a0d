// `wardmesh chain proof` and `wardmesh chain headers`: files that `wardmesh verify` checks without any node.
import type { Command } from 'commander';
import { fromHex } from '../../common/bytes.ts';
import { encodeChainFileStart } from '../../consensus/proofs/chain-file.ts';
import type { RpcClient } from '../../rpc/client.ts';
import type { ParamsIn } from '../../rpc/schema/methods.ts';
import { wholeId } from '../arguments.ts';
import { withClient } from '../client.ts';
import { answer } from '../output/say.ts';
import { createNew, writeNew } from '../write-whole.ts';

/** Headers asked for at once. */
const HEADERS_PER_CALL = 512;

export function addProofCommands(chain: Command): void {
  const proof = chain.command('proof').description('proof files, for wardmesh verify');
  proofCommand(proof, 'block <id>', 'that a block is final', async (given, client) => ({
    block: await wholeId(client, 'block', given),
  }));
  proofCommand(
    proof,
    'statement <id>',
    'that a statement stands in a final block, and how it ended',
    async (given, client) => ({
      statement: await wholeId(client, 'statement', given),
    }),
  );
  proofCommand(
    proof,
    'state <key>',
    'what a state row holds, or that there is none, by its raw key in hex',
    async (key) => ({
      key,
    }),
  );

  chain
    .command('headers')
    .description('every header with its signature and certificates as a file, for wardmesh verify')
    .requiredOption('--out <file>', 'the file to write')
    .action(async ({ out }: { out: string }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const { id } = await client.call('chain_getGenesis', {});
        const { lightChain } = await client.call('chain_getLightChain', {});
        const file = await createNew(out);
        let from = 1;
        try {
          await file.write(encodeChainFileStart(fromHex(id), fromHex(lightChain)));
          for (;;) {
            const { headers } = await client.call('chain_getHeaders', { from, limit: HEADERS_PER_CALL });
            for (const header of headers) await file.write(fromHex(header));
            from += headers.length;
            if (headers.length < HEADERS_PER_CALL) break;
          }
        } finally {
          await file.close();
        }
        answer(json, { file: out, headers: from - 1 }, () => `${out}: ${from - 1} headers`);
      });
    });
}

function proofCommand(
  proof: Command,
  usage: string,
  description: string,
  params: (id: string, client: RpcClient) => Promise<ParamsIn<'chain_getProof'>>,
): void {
  proof
    .command(usage)
    .description(description)
    .requiredOption('--out <file>', 'the file to write')
    .action(async (id: string, { out }: { out: string }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const found = await client.call('chain_getProof', await params(id, client));
        const bytes = fromHex(found.proof);
        await writeNew(out, bytes);
        answer(json, { file: out, bytes: bytes.length, final: found.final }, () =>
          [`${out}: ${bytes.length} bytes, under the final block ${found.final.height} ${found.final.id}`].join('\n'),
        );
      });
    });
}

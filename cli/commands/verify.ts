// `wardmesh verify`: checks a proof file, a chain file, a takeout or a certificate of an erasure with nothing but the genesis file. Asks no node.
import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import color from 'picocolors';
import { equalBytes, toHex } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import { ChainFileReader, isChainFile } from '../../consensus/proofs/chain-file.ts';
import { type LightState, verifyLightChain } from '../../consensus/proofs/light-chain.ts';
import { isProof, MAX_PROOF_BYTES } from '../../consensus/proofs/proof-file.ts';
import { type ClinicName, lightSummary, type ProofSummary, summaryOf } from '../../consensus/proofs/summary.ts';
import { ChainVerifier } from '../../consensus/proofs/verify-chain.ts';
import { verifyProof } from '../../consensus/proofs/verify-proof.ts';
import { readGenesisFile } from '../../node/genesis/genesis-file.ts';
import { isAccessProof, MAX_ACCESS_PROOF_BYTES, verifyAccessProof } from '../../records/audit/proof-file.ts';
import { certificateSummary, certificateWords, isCertificateFile, MAX_CERTIFICATE_FILE } from '../certificate-file.ts';
import { sharedOptions } from '../client.ts';
import { CommandError, EXIT } from '../exit.ts';
import { answer, fields, when } from '../output/say.ts';
import { isEncrypted, isTakeout, type OpenFlags, takeoutSummary, takeoutWords } from '../takeout-file.ts';

/** Enough for the name of the first file of an archive. */
const MAGIC_BYTES = 64;

interface VerifyFlags extends OpenFlags {
  readonly genesis: string;
}

export function addVerifyCommand(program: Command): void {
  program
    .command('verify <file>')
    .description(
      'check a proof, a chain file, a takeout or a certificate of an erasure with nothing but the genesis file; asks no node',
    )
    .requiredOption('--genesis <file>', "the network's genesis file, from somebody you trust")
    .option('--passphrase-file <path>', 'of an encrypted takeout (WARDMESH_PASSPHRASE)')
    .option('--identity-file <path>', 'age identity that opens an encrypted takeout')
    .action(async (path: string, options: VerifyFlags, command: Command) => {
      const { json } = sharedOptions(command);
      const genesis = await genesisOf(options.genesis);
      const start = await firstBytes(path);
      if (isProof(start)) {
        const found = await held(path, async () =>
          summaryOf(await verifyProof(genesis, await wholeFile(path, MAX_PROOF_BYTES))),
        );
        answer(json, found, proofWords);
      } else if (isAccessProof(start)) {
        const found = await held(path, async () =>
          accessSummary(genesis, await wholeFile(path, MAX_ACCESS_PROOF_BYTES)),
        );
        answer(json, found, accessWords);
      } else if (isChainFile(start)) {
        const found = await held(path, () => verifyChain(genesis, path));
        answer(json, found, chainWords);
      } else if (isEncrypted(start) || isTakeout(start)) {
        const found = await held(path, () => takeoutSummary(genesis, path, start, options));
        answer(json, found, takeoutWords);
      } else if (isCertificateFile(start)) {
        const found = await held(path, async () =>
          certificateSummary(genesis, new TextDecoder().decode(await wholeFile(path, MAX_CERTIFICATE_FILE))),
        );
        answer(json, found, certificateWords);
      } else {
        throw new CommandError(
          `${path} is no proof file, chain file, takeout or certificate of an erasure`,
          EXIT.usage,
        );
      }
    });
}

async function genesisOf(path: string): Promise<Genesis> {
  try {
    return (await readGenesisFile(path)).genesis;
  } catch (error) {
    if (!codeOf(error)?.startsWith('genesis.') || codeOf(error) === 'genesis.missing') throw error;
    const founder = (await readFile(path, 'utf8')).includes('wardmesh/founder/');
    const found = founder ? 'the founder file of one clinic' : 'no genesis file';
    throw new CommandError(`${path} is ${found}; --genesis takes the genesis.json of the network`, EXIT.usage);
  }
}

interface VerifiedChain extends Omit<ProofSummary, 'shown'> {
  readonly head: { readonly height: number; readonly id: string; readonly timestamp: number };
  readonly headers: number;
  readonly certificates: number;
  readonly signatures: number;
}

async function verifyChain(genesis: Genesis, path: string): Promise<VerifiedChain> {
  const reader = new ChainFileReader();
  let light: LightState | undefined;
  let verifier: ChainVerifier | undefined;
  for await (const piece of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    const items = reader.take(piece as Uint8Array);
    if (reader.head === undefined) continue;
    if (verifier === undefined) {
      light = await verifyLightChain(genesis, reader.head.lightChain);
      if (!equalBytes(light.genesisId, reader.head.genesisId)) {
        throw new CommandError('this is the chain of another network', EXIT.unproven);
      }
      verifier = new ChainVerifier(light);
    }
    const { height } = verifier.tip.header;
    try {
      await verifier.extend(items);
    } catch (error) {
      const { height: last } = verifier.tip.header;
      throw new CommandError(`between the headers ${height + 1} and ${last + 1}: ${String(error)}`, EXIT.unproven);
    }
  }
  reader.end();
  if (light === undefined || verifier === undefined) throw new CommandError('the file is empty', EXIT.unproven);
  verifier.end();
  const { header, id } = verifier.tip;
  const head = { height: header.height, id: toHex(id), timestamp: header.timestamp };
  return { ...lightSummary(light), head, ...verifier.counts };
}

/** Whatever the bytes fail by, the answer is that they prove nothing. */
async function held<T>(path: string, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    const what =
      code === 'crypto.open'
        ? 'does not open: another passphrase or identity, or it was altered'
        : `does not hold: ${(error as Error).message}`;
    throw new CommandError(`${path} ${what}`, EXIT.unproven);
  }
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function wholeFile(path: string, limit: number): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > limit) throw new CommandError(`${path} is larger than any proof`, EXIT.unproven);
  return readFile(path);
}

interface AccessSummary extends ProofSummary {
  readonly clinic: number;
  readonly event: {
    readonly number: number;
    readonly time: number;
    readonly action: string;
    readonly outcome: string;
    readonly reason: string;
    readonly account: string | null;
    readonly roles: readonly string[];
    readonly clinic: number;
    readonly records: number;
    readonly purpose: string;
  };
}

async function accessSummary(genesis: Genesis, bytes: Uint8Array): Promise<AccessSummary> {
  const { leaf, event, chain } = await verifyAccessProof(genesis, bytes);
  const { number, time, action, outcome, reason, account, roles, clinic, records, purpose } = event;
  const who = { account: account === undefined ? null : toHex(account), roles, clinic };
  const shown = { number, time, action, outcome, reason, ...who, records: records.length, purpose };
  return { ...summaryOf(chain), clinic: leaf.clinic, event: shown };
}

function accessWords(found: AccessSummary): string {
  const { clinic, event } = found;
  return [
    color.green('The proof holds.'),
    '',
    fields([
      ['access', `${event.action}, ${event.outcome} (${event.reason}), ${when(event.time)}`],
      ['written by', `clinic ${clinic}, as its event ${event.number}`],
      ['by', event.account === null ? `clinic ${event.clinic}` : `account ${event.account} at clinic ${event.clinic}`],
      ['roles', event.roles.join(', ') || '-'],
      ['records', event.records],
      ['purpose', event.purpose || '-'],
      ...shownWords(found),
      ...restWords(found),
    ]),
  ].join('\n');
}

function proofWords(found: ProofSummary): string {
  return [color.green('The proof holds.'), '', fields([...shownWords(found), ...restWords(found)])].join('\n');
}

function chainWords(found: VerifiedChain): string {
  const { head, headers, certificates, signatures } = found;
  return [
    color.green('The chain holds.'),
    '',
    fields([
      ['headers', `${headers}, the last one ${head.height} ${head.id}`],
      ['certificates', certificates],
      ['signatures', signatures],
      ...restWords(found),
      ['not checked', 'transactions and their effects: the file has none'],
    ]),
  ].join('\n');
}

function shownWords({ shown, final }: ProofSummary): [string, string][] {
  switch (shown.type) {
    case 'block':
      return blockWords('final block', shown.block);
    case 'statement': {
      const { statement, block } = shown;
      const { author } = statement;
      return [
        ['statement', statement.id],
        ['kind', statement.kind ?? 'not known to this version'],
        ['author', 'clinic' in author ? name(author.clinic) : `the person with the key ${author.person}`],
        ['sent by', statement.sentBy === null ? 'a clinic whose key has changed since' : name(statement.sentBy)],
        ['dated', when(statement.issued)],
        ['outcome', statement.reason === null ? statement.outcome : `${statement.outcome}: ${statement.reason}`],
        ['transaction', statement.transaction],
        ...blockWords('in block', block),
      ];
    }
    case 'state':
      return [
        ['state row', shown.key],
        ['held', shown.value ?? 'nothing: there was no such row'],
        ['as of', `after block ${shown.height}, the parent of the final block ${final.height}`],
      ];
  }
}

function blockWords(label: string, block: ProofSummary['final']): [string, string][] {
  return [
    [label, `${block.height} ${block.id}`],
    ['mined', block.minedBy === null ? 'by nobody (genesis)' : `${when(block.timestamp)} by ${name(block.minedBy)}`],
  ];
}

function restWords({
  final,
  finalisedBy,
  members,
  memberSet,
  network,
  genesis,
}: Omit<ProofSummary, 'shown'>): [string, string][] {
  const by = finalisedBy.length === 0 ? 'genesis itself' : `${finalisedBy.map(name).join(', ')}; ${members} members`;
  return [
    ['final by', `block ${final.height} ${final.id} of ${when(final.timestamp)}`],
    ['signed by', by],
    ['members', memberSet === 0 ? 'the founders' : `the founders and ${memberSet} changes, each followed`],
    ['trusted', `the genesis file (${network}, ${genesis}), and that less than a third of the members lie`],
  ];
}

function name(clinic: ClinicName): string {
  return clinic.name === null ? `clinic ${clinic.number}` : `${clinic.name} (clinic ${clinic.number})`;
}

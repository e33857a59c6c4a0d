// What a verified proof says, as values with names instead of numbers, for whoever puts it into words. Owns no words.
import { toHex } from '../../common/bytes.ts';
import { refusalOf } from '../ledger/codes.ts';
import { kindOf } from '../ledger/kinds.ts';
import type { Author, ClinicNumber, Outcome } from '../ledger/types.ts';
import type { MemberSet } from '../member-set.ts';
import type { LightState } from './light-chain.ts';
import type { FinalBlock, Verified } from './verify-proof.ts';

export interface ClinicName {
  readonly number: ClinicNumber;
  /** Null for a clinic that the proof names no record of. */
  readonly name: string | null;
}

export interface BlockSummary {
  readonly height: number;
  readonly id: string;
  /** ms since 1970, by the clock of the clinic that mined it. */
  readonly timestamp: number;
  /** Null for block 0. */
  readonly minedBy: ClinicName | null;
}

export interface StatementSummary {
  readonly id: string;
  readonly transaction: string;
  /** `family.action`, or null for a kind that this version does not know. */
  readonly kind: string | null;
  readonly author: { readonly clinic: ClinicName } | { readonly person: string };
  /** The clinic whose key sent the transaction, when the proof shows whose it is. */
  readonly sentBy: ClinicName | null;
  readonly issued: number;
  readonly outcome: Outcome['status'];
  /** Why it was refused. */
  readonly reason: string | null;
  readonly entries: number;
}

export interface ProofSummary {
  readonly network: string;
  readonly genesis: string;
  /** What the proof rests on. */
  readonly final: BlockSummary;
  /** By whose signatures; empty for block 0, which needs none. */
  readonly finalisedBy: readonly ClinicName[];
  readonly members: number;
  /** Changes of the members since the founders that were followed on the way. */
  readonly memberSet: number;
  readonly shown:
    | { readonly type: 'block'; readonly block: BlockSummary }
    | { readonly type: 'statement'; readonly block: BlockSummary; readonly statement: StatementSummary }
    | {
        readonly type: 'state';
        readonly key: string;
        /** Null: there was no such row. */
        readonly value: string | null;
        /** The height after whose block this was so. */
        readonly height: number;
      };
}

export function summaryOf({ light, conclusion }: Verified): ProofSummary {
  return { ...lightSummary(light), shown: shownSummary(light, conclusion) };
}

export function lightSummary(light: LightState): Omit<ProofSummary, 'shown'> {
  return {
    network: light.genesis.network,
    genesis: toHex(light.genesisId),
    final: blockSummary(light.current, light),
    finalisedBy: light.signers.map((number) => nameOf(light.current, number)),
    members: light.current.size,
    memberSet: light.current.id,
  };
}

function shownSummary({ current }: LightState, conclusion: Verified['conclusion']): ProofSummary['shown'] {
  switch (conclusion.type) {
    case 'block':
      return { type: 'block', block: blockSummary(current, conclusion) };
    case 'statement':
      return {
        type: 'statement',
        block: blockSummary(current, conclusion.block),
        statement: statementSummary(current, conclusion),
      };
    case 'state': {
      const { key, value, height } = conclusion;
      return { type: 'state', key: toHex(key), value: value === undefined ? null : toHex(value), height };
    }
  }
}

function statementSummary(
  set: MemberSet,
  conclusion: Extract<Verified['conclusion'], { type: 'statement' }>,
): StatementSummary {
  const { transaction, id, statementIds } = conclusion.transaction;
  const { kind, author, issued } = transaction.statements[conclusion.statement];
  const sender = set.records.find(({ nodeKey, gatewayKey }) =>
    [nodeKey, gatewayKey].some((key) => toHex(key) === toHex(transaction.sender)),
  );
  const { status, code, entries } = conclusion.outcome;
  return {
    id: toHex(statementIds[conclusion.statement]),
    transaction: toHex(id),
    kind: kindOf(kind)?.name ?? null,
    author: authorSummary(set, author),
    sentBy: sender === undefined ? null : { number: sender.number, name: sender.name },
    issued,
    outcome: status,
    reason: code === 0 ? null : (refusalOf(code)?.sentence ?? `code ${code}`),
    entries: entries.length,
  };
}

function authorSummary(set: MemberSet, author: Author): StatementSummary['author'] {
  return author.type === 'clinic' ? { clinic: nameOf(set, author.clinic) } : { person: toHex(author.key) };
}

function blockSummary(set: MemberSet, { header, id }: FinalBlock): BlockSummary {
  const { height, timestamp, signer } = header;
  return { height, id: toHex(id), timestamp, minedBy: height === 0 ? null : nameOf(set, signer) };
}

/** The last name that the proof knows, also of who has left. */
function nameOf(set: MemberSet, number: ClinicNumber): ClinicName {
  return { number, name: set.record(number)?.name ?? null };
}

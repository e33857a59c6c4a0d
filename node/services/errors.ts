// What services answer when a caller asks for something that cannot be: codes that the schemas declare.
import { CodedError } from '../../common/errors.ts';

export type ServiceErrorType =
  | { code: 'chain.unknown-block' }
  | { code: 'chain.no-body'; height: number }
  | { code: 'chain.unknown-transaction' }
  | { code: 'chain.unknown-statement' }
  | { code: 'chain.not-final'; height: number; final: number }
  | { code: 'chain.not-kept'; height: number }
  | { code: 'chain.too-far' }
  | { code: 'patient.same' }
  | { code: 'patient.unknown-suggestion' }
  | { code: 'peer.unknown' }
  | { code: 'peer.own' }
  | { code: 'peer.full' }
  | { code: 'peer.not-banned' }
  | { code: 'rpc.bad-cursor' }
  | { code: 'threat.two-ends' }
  | { code: 'threat.unknown-pin' }
  | { code: 'wallet.unknown-clinic'; clinic: number }
  | { code: 'wallet.amount' }
  | { code: 'member.unknown'; number: number }
  | { code: 'member.unknown-proposal' }
  | { code: 'member.nothing' }
  | { code: 'member.proposed'; proposal: string }
  | { code: 'member.approved' }
  | { code: 'member.ended'; status: 'approved' | 'expired' }
  | { code: 'member.governance-elsewhere' }
  | { code: 'member.other-network' }
  | { code: 'member.unsigned' }
  | { code: 'member.signature'; clinic: number };

const SENTENCES: Readonly<Record<ServiceErrorType['code'], string>> = {
  'chain.unknown-block': 'There is no such block',
  'chain.no-body':
    'This node does not keep, or not yet have, what this old block holds; ask one that keeps the whole chain',
  'chain.unknown-transaction': 'There is no such transaction',
  'chain.unknown-statement': 'There is no such statement',
  'chain.not-final': 'This is not final yet: a proof rests on a final block that comes after',
  'chain.not-kept': 'This node does not keep what a proof of this needs; ask one that keeps the whole chain',
  'chain.too-far': 'Too much was written since the last final block; ask again once a later one is final',
  'patient.same': 'Both are one registration',
  'patient.unknown-suggestion': 'There is no such suggestion',
  'peer.unknown': 'There is no such member, and nobody of this PeerId is connected',
  'peer.own': 'This is the node itself',
  'peer.full': 'Too many peers are banned',
  'peer.not-banned': 'This peer is not banned',
  'rpc.bad-cursor': 'The cursor is not one that a page before gave',
  'threat.two-ends': 'A block has an end or none: leave one of the two out',
  'threat.unknown-pin': 'This clinic decided nothing about this network',
  'wallet.unknown-clinic': 'There is no clinic of this number',
  'wallet.amount': 'The amount does not fit 64 bits',
  'member.unknown': 'There is no member of this number',
  'member.unknown-proposal': 'There is no such proposal',
  'member.nothing': 'The change changes nothing',
  'member.proposed': 'This very change is proposed already: approve that proposal',
  'member.approved': 'This clinic has approved the proposal already; the others still have to',
  'member.ended': 'The proposal is open no more',
  'member.governance-elsewhere':
    'The governance key in force is not in the keystore of this node: prepare a file and sign it where the key is',
  'member.other-network': 'The file is of another network',
  'member.unsigned': 'The file is not signed yet',
  'member.signature': 'The signature is not of the governance key that this clinic has now, or the file was altered',
};

export class ServiceError extends CodedError<ServiceErrorType> {
  constructor(type: ServiceErrorType) {
    super(type, SENTENCES[type.code]);
  }
}

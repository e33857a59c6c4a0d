// Blame: what a code says about the peer that caused it, decided here and nowhere else (design section 2, 8).
// Violation is binary; load is only throttled. Codes that are not listed say nothing about the peer.

export type Blame = 'throttle' | 'disconnect' | 'quarantine' | 'none';

interface Rule {
  readonly blame: Blame;
  /** Why the sender could have known. */
  readonly because: string;
}

const OWN_BYTES = 'it encoded these bytes itself, or relayed them without decoding them';
const CHECKED = 'every node checks this before it relays or serves a block or a transaction';
const WHOLE = 'a block is relayed by those alone who have its whole body';
const PROVEN = 'every node verifies the steps of its light chain before it keeps them';

const RULES: Readonly<Record<string, Rule>> = {
  'codec.short': { blame: 'quarantine', because: OWN_BYTES },
  'codec.trailing': { blame: 'quarantine', because: OWN_BYTES },
  'codec.range': { blame: 'quarantine', because: OWN_BYTES },
  'codec.length': { blame: 'quarantine', because: OWN_BYTES },
  'codec.text': { blame: 'quarantine', because: OWN_BYTES },
  'codec.value': { blame: 'quarantine', because: OWN_BYTES },
  'chain.bad-signature': { blame: 'quarantine', because: CHECKED },
  'vote.signature': { blame: 'quarantine', because: 'every node checks the signature of a vote before it relays it' },
  'block.work': { blame: 'quarantine', because: CHECKED },
  'block.signature': { blame: 'quarantine', because: CHECKED },
  'block.tx-root': { blame: 'quarantine', because: CHECKED },
  'block.units': { blame: 'quarantine', because: CHECKED },
  'block.expired': { blame: 'quarantine', because: CHECKED },
  'block.lifetime': { blame: 'quarantine', because: CHECKED },
  'block.signer': { blame: 'quarantine', because: CHECKED },
  'block.author': { blame: 'quarantine', because: CHECKED },
  'block.gateway': { blame: 'quarantine', because: CHECKED },
  'block.transaction-signature': { blame: 'quarantine', because: CHECKED },
  'block.target-bounds': { blame: 'quarantine', because: CHECKED },
  'block.target': { blame: 'quarantine', because: CHECKED },
  'block.diversity': { blame: 'quarantine', because: CHECKED },
  'intake.attachment': { blame: 'quarantine', because: CHECKED },
  'intake.topic': { blame: 'quarantine', because: CHECKED },
  'compact.wrong-ids': { blame: 'quarantine', because: CHECKED },
  'compact.wrong-transactions': { blame: 'quarantine', because: 'it gave others than those that it was asked for' },
  'compact.withheld': { blame: 'disconnect', because: WHOLE },
  // Its blocks and votes are still needed, and the key may have been stolen.
  'threats.equivocation': { blame: 'throttle', because: 'its own gateway key signed both statements' },
  'sync.wrong-answer': { blame: 'disconnect', because: 'it answered with blocks that were not asked for' },
  'proof.signature': { blame: 'quarantine', because: PROVEN },
  'proof.quorum': { blame: 'quarantine', because: PROVEN },
  'proof.checkpoint': { blame: 'quarantine', because: PROVEN },
  'proof.set': { blame: 'quarantine', because: PROVEN },
  'proof.change': { blame: 'quarantine', because: PROVEN },
  'sync.withheld': { blame: 'quarantine', because: 'it gave the header of a block whose body it keeps back' },
  'sync.wrong-part': { blame: 'quarantine', because: 'the state root says what each part of a snapshot must be' },
  'identifier.wrong-partial': {
    blame: 'quarantine',
    because: 'it made the proof for its own share itself, and the chain says which that is',
  },
  'emergency.wrong-partial': {
    blame: 'quarantine',
    because: 'it made the proof for its own share itself, and the chain says which that is',
  },
  'blob.wrong-block': { blame: 'quarantine', because: 'it compares every block with its CID before it gives it' },
  'blob.withheld': { blame: 'disconnect', because: 'it ended an answer well that was not whole' },
  'sync.wrong-network': { blame: 'disconnect', because: 'it named another genesis in its own status' },
};

/** Blocks are relayed before they are executed, so an invalid execution says nothing about the relay. */
export function blameFor(code: string | undefined): Rule {
  return (code !== undefined && RULES[code]) || { blame: 'none', because: 'the sender could not have known' };
}

export const QUARANTINE_MS = 60_000;
/** A few block intervals. */
export const THROTTLE_MS = 30_000;

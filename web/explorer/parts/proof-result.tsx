// What a proof showed, in words: the thing, what it rests on, and what had to be trusted. Or why it does not hold.
import { Text } from '@mantine/core';
import { IconCircleCheckFilled } from '@tabler/icons-react';
import { codeOf } from '../../../common/errors.ts';
import type { ClinicName, ProofSummary } from '../../../consensus/proofs/summary.ts';
import { RpcError } from '../../../rpc/client.ts';
import { failureText } from '../../shared/text/errors.ts';
import { countText, numberText } from '../../shared/text/numbers.ts';
import { kindTitle, resultTitle } from '../../shared/text/statements.ts';
import { FullMoment } from '../../shared/time/moment.tsx';
import { type Fact, Facts } from '../../shared/ui/facts.tsx';
import { WholeIdent } from '../../shared/ui/ident.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import classes from './proof-result.module.css';

export function ProofResult({ summary }: { summary: ProofSummary }) {
  return (
    <div className={classes.result}>
      <p className={classes.verdict}>
        <IconCircleCheckFilled size={20} aria-hidden /> The proof holds
      </p>
      <Facts facts={[...shownFacts(summary), ...finalFacts(summary)]} />
      <Text fw={600}>What had to be trusted</Text>
      <ul className={classes.trusted}>
        <li>
          The genesis document: this node gave it. Its id must be the one that you know of this network:{' '}
          <WholeIdent value={summary.genesis} label="genesis id" />
        </li>
        <li>That fewer than a third of the members, then and on the way to now, sign what is false.</li>
        <li>
          This page, which comes from the same node. <code>wardmesh verify</code> checks the saved proof without either.
        </li>
      </ul>
    </div>
  );
}

export function ProofFailure({ error }: { error: Error }) {
  const code = codeOf(error);
  if (code === 'chain.not-final') {
    return (
      <Notice title="Not final yet">
        <Text>There is a proof once a later block is final. Try again in a while.</Text>
      </Notice>
    );
  }
  if (error instanceof RpcError) {
    return (
      <Notice title="There is no proof to check">
        <Text>{UNPROVEN[error.code] ?? failureText(error)}</Text>
      </Notice>
    );
  }
  return (
    <Notice title="The proof does not hold">
      <Text>
        This shows nothing about the network, but do not rely on what this node says. ({code ?? error.message})
      </Text>
    </Notice>
  );
}

const UNPROVEN: Readonly<Record<string, string>> = {
  'chain.not-kept': 'This node does not keep what the proof needs. Ask a clinic that keeps the whole chain.',
  'chain.too-far': 'Too much was written since the last final block. Try again once a later one is final.',
  'chain.unknown-block': 'This block is not on the main chain.',
  'chain.unknown-statement': 'This statement stands in no block yet.',
};

function shownFacts({ shown, final }: ProofSummary): Fact[] {
  switch (shown.type) {
    case 'block':
      return blockFacts('Final block', shown.block);
    case 'statement': {
      const { statement, block } = shown;
      const { author } = statement;
      return [
        { label: 'Statement', value: <WholeIdent value={statement.id} label="proven statement id" /> },
        { label: 'Kind', value: statement.kind === null ? 'Not known to this page' : kindTitle(statement.kind) },
        { label: 'Outcome', value: `${resultTitle(statement.outcome)}${reasonText(statement.reason)}` },
        {
          label: 'Author',
          value: 'clinic' in author ? <Clinic clinic={author.clinic} /> : `The person with the key ${author.person}`,
        },
        { label: 'Issued', value: <FullMoment time={statement.issued} /> },
        ...blockFacts('In block', block),
      ];
    }
    case 'state':
      return [
        { label: 'State row', value: <WholeIdent value={shown.key} label="state key" /> },
        { label: 'Held', value: shown.value ?? 'Nothing: there was no such row' },
        { label: 'As of', value: `After block ${numberText(shown.height)}, the parent of block ${final.height}` },
      ];
  }
}

function finalFacts({ final, finalisedBy, members, memberSet }: ProofSummary): Fact[] {
  return [
    { label: 'Rests on', hint: 'The last final block', value: `Block ${numberText(final.height)}` },
    { label: 'Its id', value: <WholeIdent value={final.id} label="final block id" /> },
    {
      label: 'Made final by',
      hint: `${finalisedBy.length} of ${countText(members, 'member')}`,
      value:
        finalisedBy.length === 0
          ? 'Genesis itself'
          : finalisedBy.map((clinic, n) => (
              <span key={clinic.number}>
                {n === 0 ? '' : ', '}
                <Clinic clinic={clinic} />
              </span>
            )),
    },
    {
      label: 'Members',
      value:
        memberSet === 0 ? 'The founders' : `The founders and ${countText(memberSet, 'change')}, each followed by proof`,
    },
  ];
}

function blockFacts(label: string, { height, id, timestamp, minedBy }: ProofSummary['final']): Fact[] {
  return [
    { label, value: numberText(height) },
    { label: 'Block id', value: <WholeIdent value={id} label="proven block id" /> },
    { label: 'Block time', value: <FullMoment time={timestamp} /> },
    { label: 'Mined by', value: minedBy === null ? 'Nobody (genesis)' : <Clinic clinic={minedBy} /> },
  ];
}

/** Names may be in any script: each keeps its own direction. */
function Clinic({ clinic: { number, name } }: { clinic: ClinicName }) {
  return <bdi>{name ?? `Clinic ${number}`}</bdi>;
}

function reasonText(reason: string | null): string {
  return reason === null ? '' : `: ${reason}`;
}

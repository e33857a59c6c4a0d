// What a proof showed, in words: the thing, what it rests on, and what had to be trusted. Or why it does not hold.

import { Text } from '@mantine/core';
import { IconCircleCheckFilled } from '@tabler/icons-react';
import { codeOf } from '../../../common/errors.ts';
import type { ClinicName, ProofSummary } from '../../../consensus/proofs/summary.ts';
import { RpcError } from '../../../rpc/client.ts';
import { failureText } from '../../shared/text/errors.ts';
import { texts } from '../../shared/text/i18n.ts';
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
        <IconCircleCheckFilled size={20} aria-hidden /> {texts.t('chain.proofResult.holds')}
      </p>
      <Facts facts={[...shownFacts(summary), ...finalFacts(summary)]} />
      <Text fw={600}>{texts.t('chain.proofResult.whatHadTo')}</Text>
      <ul className={classes.trusted}>
        <li>
          {texts.t('chain.proofResult.trustGenesis')}{' '}
          <WholeIdent value={summary.genesis} label={texts.t('chain.proofResult.genesisId')} />
        </li>
        <li>{texts.t('chain.proofResult.thatFewerThan')}</li>
        <li>
          {texts.t('chain.proofResult.trustPage')} <code>wardmesh verify</code> {texts.t('chain.proofResult.trustless')}
        </li>
      </ul>
    </div>
  );
}

export function ProofFailure({ error }: { error: Error }) {
  const code = codeOf(error);
  if (code === 'chain.not-final') {
    return (
      <Notice title={texts.t('chain.proofResult.notFinalYet')}>
        <Text>{texts.t('chain.proofResult.thereIsProof')}</Text>
      </Notice>
    );
  }
  if (error instanceof RpcError) {
    return (
      <Notice title={texts.t('chain.proofResult.thereIsNo')}>
        <Text>{UNPROVEN[error.code] ?? failureText(error)}</Text>
      </Notice>
    );
  }
  return (
    <Notice title={texts.t('chain.proofResult.proofDoesNot')}>
      <Text>{texts.t('chain.proofResult.distrust', { code: code ?? error.message })}</Text>
    </Notice>
  );
}

const UNPROVEN: Readonly<Record<string, string>> = {
  'chain.not-kept': texts.t('chain.proofResult.thisNodeDoes'),
  'chain.too-far': texts.t('chain.proofResult.tooMuchWas'),
  'chain.unknown-block': texts.t('chain.proofResult.thisBlockIs'),
  'chain.unknown-statement': texts.t('chain.proofResult.thisStatementStands'),
};

function shownFacts({ shown, final }: ProofSummary): Fact[] {
  switch (shown.type) {
    case 'block':
      return blockFacts(texts.t('chain.proofResult.finalBlock'), shown.block);
    case 'statement': {
      const { statement, block } = shown;
      const { author } = statement;
      return [
        {
          label: texts.t('chain.words.statement'),
          value: <WholeIdent value={statement.id} label={texts.t('chain.proofResult.provenStatementId')} />,
        },
        {
          label: texts.t('chain.words.kind'),
          value: statement.kind === null ? texts.t('chain.proofResult.notKnownTo') : kindTitle(statement.kind),
        },
        {
          label: texts.t('chain.words.outcome'),
          value: `${resultTitle(statement.outcome)}${reasonText(statement.reason)}`,
        },
        {
          label: texts.t('chain.words.author'),
          value:
            'clinic' in author ? (
              <Clinic clinic={author.clinic} />
            ) : (
              texts.t('chain.proofResult.person', { key: author.person })
            ),
        },
        { label: texts.t('chain.words.issued'), value: <FullMoment time={statement.issued} /> },
        ...blockFacts(texts.t('chain.proofResult.inBlock'), block),
      ];
    }
    case 'state':
      return [
        {
          label: texts.t('chain.proofResult.stateRow'),
          value: <WholeIdent value={shown.key} label={texts.t('chain.proofResult.stateKey')} />,
        },
        {
          label: texts.t('chain.proofResult.held'),
          value: shown.value ?? texts.t('chain.proofResult.nothingThereWas'),
        },
        {
          label: texts.t('chain.proofResult.asOf'),
          value: texts.t('chain.proofResult.afterBlock', { height: numberText(shown.height), final: final.height }),
        },
      ];
  }
}

function finalFacts({ final, finalisedBy, members, memberSet }: ProofSummary): Fact[] {
  return [
    {
      label: texts.t('chain.proofResult.restsOn'),
      hint: texts.t('chain.proofResult.lastFinalBlock'),
      value: texts.t('chain.words.numberedBlock', { height: numberText(final.height) }),
    },
    {
      label: texts.t('chain.proofResult.itsId'),
      value: <WholeIdent value={final.id} label={texts.t('chain.proofResult.finalBlockId')} />,
    },
    {
      label: texts.t('chain.proofResult.madeFinalBy'),
      hint: texts.t('chain.words.of', { part: finalisedBy.length, whole: countText(members, 'member') }),
      value:
        finalisedBy.length === 0
          ? texts.t('chain.proofResult.genesisItself')
          : finalisedBy.map((clinic, n) => (
              <span key={clinic.number}>
                {n === 0 ? '' : ', '}
                <Clinic clinic={clinic} />
              </span>
            )),
    },
    {
      label: texts.t('chain.words.members'),
      value:
        memberSet === 0
          ? texts.t('chain.words.founders')
          : texts.t('chain.proofResult.foundersAnd', { changes: countText(memberSet, 'change') }),
    },
  ];
}

function blockFacts(label: string, { height, id, timestamp, minedBy }: ProofSummary['final']): Fact[] {
  return [
    { label, value: numberText(height) },
    {
      label: texts.t('chain.proofResult.blockId'),
      value: <WholeIdent value={id} label={texts.t('chain.proofResult.provenBlockId')} />,
    },
    { label: texts.t('chain.proofResult.blockTime'), value: <FullMoment time={timestamp} /> },
    {
      label: texts.t('chain.words.minedBy'),
      value: minedBy === null ? texts.t('chain.words.nobodyGenesis') : <Clinic clinic={minedBy} />,
    },
  ];
}

/** Names may be in any script: each keeps its own direction. */
function Clinic({ clinic: { number, name } }: { clinic: ClinicName }) {
  return <bdi>{name ?? texts.t('chain.words.numberedClinic', { number })}</bdi>;
}

function reasonText(reason: string | null): string {
  return reason === null ? '' : `: ${reason}`;
}

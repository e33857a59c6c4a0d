// The way of one statement: signed, sent, in a block, final; or refused, with the reason and what to do.

import type { ReactNode } from 'react';
import type { StatementView } from '../../../rpc/schema/chain.ts';
import { texts } from '../../shared/text/i18n.ts';
import { FullMoment } from '../../shared/time/moment.tsx';
import { type Status, StatusTag } from '../../shared/ui/status-tag.tsx';
import { useFinality } from '../data/finality.ts';
import { HeightLink, TransactionLink } from './links.tsx';
import { NotFinal } from './not-final.tsx';
import { Reason } from './outcome.tsx';
import classes from './status-timeline.module.css';

export function StatusTimeline({ statement }: { statement: StatementView }) {
  const { status, block, transaction, outcome, issued } = statement;
  return (
    <ol className={classes.timeline} aria-label={texts.t('chain.words.status')}>
      <Step status="queued" reached title={texts.t('chain.words.issued')}>
        <FullMoment time={issued} />
      </Step>
      <Step status="pending" reached={transaction !== null} title={texts.t('chain.statusTimeline.sentInTransaction')}>
        {transaction === null ? texts.t('chain.words.notYet') : <TransactionLink id={transaction} />}
      </Step>
      {status === 'refused' ? (
        <Step
          status="refused"
          reached
          title={
            block === null ? texts.t('chain.statusTimeline.refused') : texts.t('chain.statusTimeline.refusedInBlock')
          }
        >
          {block === null ? null : <InBlock block={block} />}
          {outcome === null ? null : <Reason outcome={outcome} />}
          <div>{texts.t('chain.statusTimeline.nothingChangedWhoever')}</div>
          {block === null ? null : <RefusedFor height={block.height} />}
        </Step>
      ) : (
        <>
          <Step status="applied" reached={block !== null} title={texts.t('chain.statusTimeline.appliedInBlock')}>
            {block === null ? texts.t('chain.words.notYet') : <InBlock block={block} />}
          </Step>
          <Step status="final" reached={status === 'final'} title={texts.t('chain.statusTimeline.final')}>
            {status === 'final' ? texts.t('chain.statusTimeline.itCannotChange') : <NotFinal />}
          </Step>
        </>
      )}
    </ol>
  );
}

/** A refusal stands on the chain like anything else: until its block is final, another block may bring another end. */
function RefusedFor({ height }: { height: number }) {
  const { final = 0 } = useFinality() ?? {};
  if (height <= final) return <div>{texts.t('chain.statusTimeline.blockIsFinal')}</div>;
  return (
    <div>
      <NotFinal /> {texts.t('chain.statusTimeline.later')}
    </div>
  );
}

function InBlock({ block }: { block: NonNullable<StatementView['block']> }) {
  return (
    <div>
      {texts.t('chain.words.block')} <HeightLink height={block.height} />, <FullMoment time={block.timestamp} />
    </div>
  );
}

interface StepProps {
  readonly status: Status;
  readonly reached: boolean;
  readonly title: string;
  readonly children: ReactNode;
}

function Step({ status, reached, title, children }: StepProps) {
  return (
    <li className={classes.step} data-reached={reached} data-status={status}>
      <div className={classes.title}>
        {title}
        {status === 'refused' ? <StatusTag status="refused" /> : null}
      </div>
      <div className={classes.text}>{children}</div>
    </li>
  );
}

// The way of one statement: signed, sent, in a block, final; or refused, with the reason and what to do.
import type { ReactNode } from 'react';
import type { StatementView } from '../../../rpc/schema/chain.ts';
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
    <ol className={classes.timeline} aria-label="Status">
      <Step status="queued" reached title="Issued">
        <FullMoment time={issued} />
      </Step>
      <Step status="pending" reached={transaction !== null} title="Sent in a transaction">
        {transaction === null ? 'Not yet' : <TransactionLink id={transaction} />}
      </Step>
      {status === 'refused' ? (
        <Step status="refused" reached title={block === null ? 'Refused' : 'Refused in a block'}>
          {block === null ? null : <InBlock block={block} />}
          {outcome === null ? null : <Reason outcome={outcome} />}
          <div>Nothing changed. Whoever sent it can correct it and send a new statement.</div>
          {block === null ? null : <RefusedFor height={block.height} />}
        </Step>
      ) : (
        <>
          <Step status="applied" reached={block !== null} title="Applied in a block">
            {block === null ? 'Not yet' : <InBlock block={block} />}
          </Step>
          <Step status="final" reached={status === 'final'} title="Final">
            {status === 'final' ? 'It cannot change any more.' : <NotFinal />}
          </Step>
        </>
      )}
    </ol>
  );
}

/** A refusal stands on the chain like anything else: until its block is final, another block may bring another end. */
function RefusedFor({ height }: { height: number }) {
  const { final = 0 } = useFinality() ?? {};
  if (height <= final) return <div>The block is final: the refusal cannot change any more.</div>;
  return (
    <div>
      <NotFinal /> If the block is replaced, a later one may still apply the statement.
    </div>
  );
}

function InBlock({ block }: { block: NonNullable<StatementView['block']> }) {
  return (
    <div>
      Block <HeightLink height={block.height} />, <FullMoment time={block.timestamp} />
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

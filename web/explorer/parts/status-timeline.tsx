// The way of one statement: signed, sent, in a block, final; or refused, with the reason and what to do.
import type { ReactNode } from 'react';
import type { StatementView } from '../../../rpc/schema/chain.ts';
import { useLive } from '../../shared/node/node-context.tsx';
import { FullMoment } from '../../shared/time/moment.tsx';
import { type Status, StatusTag } from '../../shared/ui/status-tag.tsx';
import { HeightLink, TransactionLink } from './links.tsx';
import { Reason } from './outcome.tsx';
import classes from './status-timeline.module.css';

export function StatusTimeline({ statement }: { statement: StatementView }) {
  const { status, block, transaction, outcome, issued } = statement;
  const final = useLive().health?.final.height ?? 0;
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
        </Step>
      ) : (
        <>
          <Step status="applied" reached={block !== null} title="Applied in a block">
            {block === null ? 'Not yet' : <InBlock block={block} />}
          </Step>
          <Step status="final" reached={status === 'final'} title="Final">
            {status === 'final' ? 'It cannot change any more.' : waitingText(final)}
          </Step>
        </>
      )}
    </ol>
  );
}

/** Nothing is called final before the network certifies blocks. */
function waitingText(final: number): string {
  return final === 0 ? 'Not final: nothing is final on this network yet.' : 'Not final yet.';
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

// Says when finality stands still: since which block, how many clinics answer, what that means and what ends it.
import { VisuallyHidden } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNode } from '../../shared/node/node-context.tsx';
import { countText, numberText } from '../../shared/text/numbers.ts';
import { Link } from '../../shared/ui/link.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { type Finality, useFinality } from '../data/finality.ts';
import { membersQuery } from '../data/queries.ts';
import { votersOf } from '../data/voters.ts';
import classes from './standstill.module.css';

const TITLE = 'Finality stands still';

/** `more`: leads to who answers, where that is not on the page. */
export function Standstill({ more = false }: { more?: boolean }) {
  const finality = useFinality();
  const stands = finality?.standsStill === true;
  return (
    <>
      {/* The figures below move with every block and are not read out. */}
      <VisuallyHidden role="status">{stands ? TITLE : ''}</VisuallyHidden>
      {stands ? <Words finality={finality} more={more} /> : null}
    </>
  );
}

function Words({ finality: { final, lag }, more }: { finality: Finality; more: boolean }) {
  const { client } = useNode();
  const { data } = useQuery(membersQuery(client));
  const voters = data === undefined ? undefined : votersOf(data.members);
  const title = voters === undefined ? TITLE : `${TITLE}: ${answering(voters)}`;
  return (
    <div className={classes.standstill}>
      <Notice title={title} live={false}>
        <p>
          {final === 0
            ? `No block is final yet, though there are ${numberText(lag)}.`
            : `The last final block is ${numberText(final)}, though ${countText(lag, 'block')} came after it.`}{' '}
          A block becomes final when more than two thirds of the voting clinics
          {voters === undefined ? '' : ` (${numberText(voters.needed)} of ${numberText(voters.count)})`} vote for it.
          {data === undefined || data.previousSet === null
            ? ''
            : ' While the members change, more than two thirds of those before must agree too.'}
        </p>
        <p>
          {voters !== undefined && voters.connected >= voters.needed
            ? 'Enough of them are connected to this node; their votes have not come yet. '
            : ''}
          Blocks go on and carry statements, but each of them may still be replaced. Nothing that was final changes, and
          finality goes on by itself once enough clinics are back.
        </p>
        {more ? <Link to="/explorer/members">See which clinics answer</Link> : null}
      </Notice>
    </div>
  );
}

function answering({ connected, count }: { connected: number; count: number }): string {
  return `${numberText(connected)} of ${countText(count, 'voting clinic')} ${connected === 1 ? 'answers' : 'answer'}`;
}

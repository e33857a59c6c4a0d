// Says when finality stands still: since which block, how many clinics answer, what that means and what ends it.

import { VisuallyHidden } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNode } from '../../shared/node/node-context.tsx';
import { texts } from '../../shared/text/i18n.ts';
import { countText, numberText } from '../../shared/text/numbers.ts';
import { Link } from '../../shared/ui/link.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { type Finality, useFinality } from '../data/finality.ts';
import { membersQuery } from '../data/queries.ts';
import { votersOf } from '../data/voters.ts';
import classes from './standstill.module.css';

/** `more`: leads to who answers, where that is not on the page. */
export function Standstill({ more = false }: { more?: boolean }) {
  const finality = useFinality();
  const stands = finality?.standsStill === true;
  return (
    <>
      {/* The figures below move with every block and are not read out. */}
      <VisuallyHidden role="status">{stands ? texts.t('chain.standstill.finalityStandsStill') : ''}</VisuallyHidden>
      {stands ? <Words finality={finality} more={more} /> : null}
    </>
  );
}

function Words({ finality: { final, lag }, more }: { finality: Finality; more: boolean }) {
  const { client } = useNode();
  const { data } = useQuery(membersQuery(client));
  const voters = data === undefined ? undefined : votersOf(data.members);
  const title = voters === undefined ? texts.t('chain.standstill.finalityStandsStill') : answering(voters);
  const enough = voters !== undefined && voters.connected >= voters.needed;
  return (
    <div className={classes.standstill}>
      <Notice title={title} live={false}>
        <p>
          {final === 0
            ? texts.t('chain.standstill.nothingFinal', { blocks: numberText(lag) })
            : texts.t('chain.standstill.lastFinal', {
                height: numberText(final),
                blocks: countText(lag, 'block'),
              })}{' '}
          {voters === undefined
            ? texts.t('chain.standstill.rule')
            : texts.t('chain.standstill.ruleOf', {
                needed: numberText(voters.needed),
                voters: numberText(voters.count),
              })}{' '}
          {data === undefined || data.previousSet === null ? null : texts.t('chain.standstill.changing')}
        </p>
        <p>
          {enough ? texts.t('chain.standstill.enoughOfThem') : null} {texts.t('chain.standstill.goesOn')}
        </p>
        {more ? <Link to="/explorer/members">{texts.t('chain.standstill.seeWhichClinics')}</Link> : null}
      </Notice>
    </div>
  );
}

function answering({ connected, count }: { connected: number; count: number }): string {
  return texts.t('chain.standstill.answering', {
    count: connected,
    number: numberText(connected),
    voters: countText(count, 'votingClinic'),
  });
}

// Which set of members is in force, who has a vote, how the members are governed, and what changes next.

import { useLive } from '../../shared/node/node-context.tsx';
import { texts } from '../../shared/text/i18n.ts';
import { countText, numberText } from '../../shared/text/numbers.ts';
import { durationText } from '../../shared/time/format.ts';
import { type Fact, Figures } from '../../shared/ui/facts.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { type MemberList, votersOf } from '../data/voters.ts';
import classes from './standstill.module.css';

const GOVERNANCE = {
  clinic: { value: texts.t('chain.memberFigures.byClinic'), hint: texts.t('chain.memberFigures.eachClinicHas') },
  organisation: {
    value: texts.t('chain.memberFigures.byOrganisation'),
    hint: texts.t('chain.memberFigures.eachOrganisationHas'),
  },
} as const;

export function MemberFigures({ list }: { list: MemberList }) {
  const { memberSet, members, governance } = list;
  const active = members.filter(({ status }) => status === 'active').length;
  const { count, needed, connected } = votersOf(members);
  const suspended = active - count;
  const facts: Fact[] = [
    {
      label: texts.t('chain.words.memberSet'),
      value: numberText(memberSet),
      hint:
        memberSet === 0
          ? texts.t('chain.words.founders')
          : texts.t('chain.memberFigures.after', { changes: countText(memberSet, 'change') }),
    },
    {
      label: texts.t('chain.memberFigures.votingClinics'),
      value: texts.t('chain.words.of', { part: numberText(count), whole: numberText(active) }),
      hint: texts.t(suspended > 0 ? 'chain.memberFigures.mustAgreeWithout' : 'chain.memberFigures.mustAgree', {
        needed: numberText(needed),
        suspended: numberText(suspended),
      }),
    },
    {
      label: texts.t('chain.words.connectedHere'),
      value: texts.t('chain.words.of', { part: numberText(connected), whole: numberText(count) }),
      hint: texts.t('chain.memberFigures.votingClinicsThat'),
    },
    { label: texts.t('chain.memberFigures.governance'), ...GOVERNANCE[governance] },
    nextFact(list, useLive()),
  ];
  return (
    <>
      <Figures facts={facts} />
      {list.previousSet === null ? null : <Transition from={list.previousSet} to={memberSet} />}
    </>
  );
}

function nextFact({ next }: MemberList, { head, health }: ReturnType<typeof useLive>): Fact {
  const label = texts.t('chain.memberFigures.nextChange');
  if (next === null)
    return { label, value: texts.t('chain.words.none'), hint: texts.t('chain.memberFigures.noChangeIs') };
  const away = head === undefined ? 0 : next.height - head.height;
  const value = texts.t('chain.words.numberedBlock', { height: numberText(next.height) });
  const set = numberText(next.memberSet);
  if (health === undefined || away <= 0) return { label, value, hint: texts.t('chain.memberFigures.set', { set }) };
  const duration = durationText(away * health.blockInterval);
  return { label, value, hint: texts.t('chain.memberFigures.setIn', { set, duration }) };
}

function Transition({ from, to }: { from: number; to: number }) {
  return (
    <div className={classes.standstill}>
      <Notice title={texts.t('chain.memberFigures.membersAreChanging')} live={false}>
        <p>{texts.t('chain.memberFigures.transition', { to: numberText(to), from: numberText(from) })}</p>
      </Notice>
    </div>
  );
}

// Which set of members is in force, who has a vote, how the members are governed, and what changes next.
import { useLive } from '../../shared/node/node-context.tsx';
import { countText, numberText } from '../../shared/text/numbers.ts';
import { durationText } from '../../shared/time/format.ts';
import { type Fact, Figures } from '../../shared/ui/facts.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { type MemberList, votersOf } from '../data/voters.ts';
import classes from './standstill.module.css';

const GOVERNANCE = {
  clinic: { value: 'By clinic', hint: 'Each clinic has one say in a change of the members' },
  organisation: { value: 'By organi\u00adsation', hint: 'Each organisation has one say in a change of the members' },
} as const;

export function MemberFigures({ list }: { list: MemberList }) {
  const { memberSet, members, governance } = list;
  const active = members.filter(({ status }) => status === 'active').length;
  const { count, needed, connected } = votersOf(members);
  const suspended = active - count;
  const facts: Fact[] = [
    {
      label: 'Member set',
      value: numberText(memberSet),
      hint: memberSet === 0 ? 'The founders' : `After ${countText(memberSet, 'change')} since the founding`,
    },
    {
      label: 'Voting clinics',
      value: `${numberText(count)} of ${numberText(active)}`,
      hint: `${numberText(needed)} must agree before a block is final${suspended > 0 ? `; votes of ${numberText(suspended)} suspended` : ''}`,
    },
    {
      label: 'Connected here',
      value: `${numberText(connected)} of ${numberText(count)}`,
      hint: 'Voting clinics that this node reaches directly, itself among them',
    },
    { label: 'Governance', ...GOVERNANCE[governance] },
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
  const label = 'Next change';
  if (next === null) return { label, value: 'None', hint: 'No change is agreed and final' };
  const away = head === undefined ? 0 : next.height - head.height;
  const when = health === undefined || away <= 0 ? '' : `, in about ${durationText(away * health.blockInterval)}`;
  return { label, value: `Block ${numberText(next.height)}`, hint: `Member set ${numberText(next.memberSet)}${when}` };
}

function Transition({ from, to }: { from: number; to: number }) {
  return (
    <div className={classes.standstill}>
      <Notice title="The members are changing" live={false}>
        <p>
          Member set {numberText(to)} has taken over from set {numberText(from)}. Until a block of the new set is final,
          more than two thirds of the voting clinics of both sets must agree.
        </p>
      </Notice>
    </div>
  );
}

// The columns of clinics: those that are members, and those that were.

import type { Column } from '../../shared/table/columns.ts';
import { texts } from '../../shared/text/i18n.ts';
import { Moment, MomentHeader } from '../../shared/time/moment.tsx';
import type { Member, MemberList } from '../data/voters.ts';
import { HeightLink } from './links.tsx';
import { Name } from './names.tsx';

const STATUS = {
  active: texts.t('chain.memberColumns.active'),
  removed: texts.t('chain.memberColumns.removed'),
  left: texts.t('chain.memberColumns.left'),
} as const;

/** `own`: the clinic whose node answers. */
export function memberColumns({ organisations }: MemberList, own: number | undefined): readonly Column<Member>[] {
  return [
    ...namingColumns(organisations),
    {
      name: texts.t('chain.words.status'),
      cell: ({ status, voteSuspended }) => (
        <>
          {STATUS[status]}
          {voteSuspended ? <div>{texts.t('chain.memberColumns.votesSuspended')}</div> : null}
        </>
      ),
    },
    {
      name: texts.t('chain.words.connectedHere'),
      cell: ({ number, connected }) =>
        number === own
          ? texts.t('chain.memberColumns.thisClinic')
          : connected
            ? texts.t('chain.words.yes')
            : texts.t('chain.words.no'),
    },
    ...MINING_COLUMNS,
  ];
}

export function formerColumns({ organisations }: MemberList): readonly Column<Member>[] {
  return [
    ...namingColumns(organisations),
    { name: texts.t('chain.words.status'), cell: ({ status }) => STATUS[status] },
    ...MINING_COLUMNS,
  ];
}

function namingColumns(organisations: MemberList['organisations']): readonly Column<Member>[] {
  const nameOf = (number: number) => organisations.find((one) => one.number === number)?.name;
  return [
    { name: texts.t('chain.words.clinic'), wrap: true, cell: ({ name }) => <Name>{name}</Name> },
    {
      name: texts.t('chain.memberColumns.organisation'),
      wrap: true,
      cell: ({ organisation }) => (
        <Name>{nameOf(organisation) ?? texts.t('chain.memberColumns.numbered', { number: organisation })}</Name>
      ),
    },
  ];
}

const MINING_COLUMNS: readonly Column<Member>[] = [
  {
    name: texts.t('chain.words.lastBlock'),
    cell: ({ lastBlock }) =>
      lastBlock === null ? texts.t('chain.words.noneYet') : <HeightLink height={lastBlock.height} />,
  },
  {
    name: texts.t('chain.words.lastMined'),
    header: <MomentHeader age={texts.t('chain.words.lastMinedAge')} time={texts.t('chain.words.lastMined')} />,
    cell: ({ lastBlock }) =>
      lastBlock === null ? texts.t('chain.words.notYet') : <Moment time={lastBlock.timestamp} />,
  },
];

// The columns of clinics: those that are members, and those that were.
import type { Column } from '../../shared/table/columns.ts';
import { Moment, MomentHeader } from '../../shared/time/moment.tsx';
import type { Member, MemberList } from '../data/voters.ts';
import { HeightLink } from './links.tsx';
import { Name } from './names.tsx';

const STATUS = { active: 'Active', removed: 'Removed', left: 'Left' } as const;

/** `own`: the clinic whose node answers. */
export function memberColumns({ organisations }: MemberList, own: number | undefined): readonly Column<Member>[] {
  return [
    ...namingColumns(organisations),
    {
      name: 'Status',
      cell: ({ status, voteSuspended }) => (
        <>
          {STATUS[status]}
          {voteSuspended ? <div>Votes suspended</div> : null}
        </>
      ),
    },
    {
      name: 'Connected here',
      cell: ({ number, connected }) => (number === own ? 'This clinic' : connected ? 'Yes' : 'No'),
    },
    ...MINING_COLUMNS,
  ];
}

export function formerColumns({ organisations }: MemberList): readonly Column<Member>[] {
  return [...namingColumns(organisations), { name: 'Status', cell: ({ status }) => STATUS[status] }, ...MINING_COLUMNS];
}

function namingColumns(organisations: MemberList['organisations']): readonly Column<Member>[] {
  const nameOf = (number: number) => organisations.find((one) => one.number === number)?.name;
  return [
    { name: 'Clinic', wrap: true, cell: ({ name }) => <Name>{name}</Name> },
    {
      name: 'Organisation',
      wrap: true,
      cell: ({ organisation }) => <Name>{nameOf(organisation) ?? `Organisation ${organisation}`}</Name>,
    },
  ];
}

const MINING_COLUMNS: readonly Column<Member>[] = [
  {
    name: 'Last block',
    cell: ({ lastBlock }) => (lastBlock === null ? 'None yet' : <HeightLink height={lastBlock.height} />),
  },
  {
    name: 'Last mined',
    header: <MomentHeader age="Last mined, age" time="Last mined" />,
    cell: ({ lastBlock }) => (lastBlock === null ? 'Not yet' : <Moment time={lastBlock.timestamp} />),
  },
];

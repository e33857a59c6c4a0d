// The clinics of the network, their organisations and their public keys.
import { useQuery } from '@tanstack/react-query';
import type { Result } from '../../../rpc/schema/methods.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import type { Column } from '../../shared/table/columns.ts';
import { DataTable } from '../../shared/table/data-table.tsx';
import { countText } from '../../shared/text/numbers.ts';
import { Moment, MomentHeader } from '../../shared/time/moment.tsx';
import { Facts } from '../../shared/ui/facts.tsx';
import { WholeIdent } from '../../shared/ui/ident.tsx';
import { Page, Section } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { membersQuery } from '../data/queries.ts';
import { HeightLink } from '../parts/links.tsx';
import { Name } from '../parts/names.tsx';
import classes from './members-page.module.css';

type MemberList = Result<'member_list'>;
type Member = MemberList['members'][number];

const STATUS = { active: 'Active', removed: 'Removed', left: 'Left' } as const;

function columnsOf(organisations: MemberList['organisations']): readonly Column<Member>[] {
  const nameOf = (number: number) => organisations.find((one) => one.number === number)?.name;
  return [
    { name: 'Clinic', wrap: true, cell: ({ name }) => <Name>{name}</Name> },
    {
      name: 'Organisation',
      wrap: true,
      cell: ({ organisation }) => <Name>{nameOf(organisation) ?? `Organisation ${organisation}`}</Name>,
    },
    {
      name: 'Status',
      cell: ({ status, voteSuspended }) => (voteSuspended ? `${STATUS[status]}, votes suspended` : STATUS[status]),
    },
    { name: 'Connected here', cell: ({ connected }) => (connected ? 'Yes' : 'No') },
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
}

export function MembersPage() {
  const { client } = useNode();
  const query = useQuery(membersQuery(client));
  return (
    <Page title="Members" intro="One member is one clinic with one node. Clinics of one organisation trust each other.">
      <QueryView query={query} rows={4}>
        {({ members, organisations }) => (
          <>
            <DataTable
              caption={`${countText(members.length, 'clinic')} of ${countText(organisations.length, 'organisation')}`}
              columns={columnsOf(organisations)}
              rows={members}
              rowKey={({ number }) => number}
            />
            <Section title="Public keys">
              {members.map((member) => (
                <Keys key={member.number} member={member} />
              ))}
            </Section>
          </>
        )}
      </QueryView>
    </Page>
  );
}

function Keys({ member }: { member: Member }) {
  const key = (label: string, value: string) => ({ label, value: <WholeIdent value={value} label={label} /> });
  return (
    <details className={classes.keys}>
      <summary>
        Keys of <bdi>{member.name}</bdi>
      </summary>
      <Facts
        facts={[
          key('Governance key', member.governanceKey),
          key('Node key', member.nodeKey),
          key('Gateway key', member.gatewayKey),
          key('Vote key', member.voteKey),
          key('Encryption key', member.encryptionKey),
        ]}
      />
    </details>
  );
}

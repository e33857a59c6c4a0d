// The clinics of the network: which set is in force and what changes it, who they are, proposals, public keys, who left.
import { useQuery } from '@tanstack/react-query';
import { useLive, useNode } from '../../shared/node/node-context.tsx';
import { LongTable } from '../../shared/table/virtual-table.tsx';
import { countText } from '../../shared/text/numbers.ts';
import { Page, Section } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { membersQuery } from '../data/queries.ts';
import type { Member, MemberList } from '../data/voters.ts';
import { formerColumns, memberColumns } from '../parts/member-columns.tsx';
import { MemberFigures } from '../parts/member-figures.tsx';
import { MemberKeys } from '../parts/member-keys.tsx';
import { Proposals } from '../parts/proposals.tsx';
import { Standstill } from '../parts/standstill.tsx';

export function MembersPage() {
  const { client } = useNode();
  const query = useQuery(membersQuery(client));
  return (
    <Page title="Members" intro="One member is one clinic with one node. Clinics of one organisation trust each other.">
      <QueryView query={query} rows={4}>
        {(list) => <Lists list={list} />}
      </QueryView>
    </Page>
  );
}

function Lists({ list }: { list: MemberList }) {
  const own = useLive().health?.clinic.number;
  const members = list.members.filter(({ status }) => status === 'active');
  const former = list.members.filter(({ status }) => status !== 'active');
  return (
    <>
      <MemberFigures list={list} />
      <Standstill />
      <Section title="Clinics">
        <LongTable
          caption={captionOf(members)}
          columns={memberColumns(list, own)}
          rows={members}
          rowKey={({ number }) => number}
          filterLabel="Find a clinic by name"
          filterText={({ name }) => name.toLowerCase()}
        />
      </Section>
      <Proposals members={list.members} />
      {former.length === 0 ? null : (
        <Section title="Former members">
          <LongTable
            caption={`${countText(former.length, 'clinic')} that left or ${former.length === 1 ? 'was' : 'were'} removed`}
            columns={formerColumns(list)}
            rows={former}
            rowKey={({ number }) => number}
            filterLabel="Find a former member by name"
            filterText={({ name }) => name.toLowerCase()}
          />
        </Section>
      )}
      <Section title="Public keys">
        {members.map((member) => (
          <MemberKeys key={member.number} member={member} />
        ))}
      </Section>
    </>
  );
}

function captionOf(members: readonly Member[]): string {
  const organisations = new Set(members.map(({ organisation }) => organisation)).size;
  return `${countText(members.length, 'clinic')} of ${countText(organisations, 'organisation')}`;
}

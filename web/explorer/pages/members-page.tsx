// The clinics of the network: which set is in force and what changes it, who they are, proposals, public keys, who left.

import { useQuery } from '@tanstack/react-query';
import { useLive, useNode } from '../../shared/node/node-context.tsx';
import { LongTable } from '../../shared/table/virtual-table.tsx';
import { texts } from '../../shared/text/i18n.ts';
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
import '../../shared/text/en/chain.ts';

export function MembersPage() {
  const { client } = useNode();
  const query = useQuery(membersQuery(client));
  return (
    <Page title={texts.t('chain.words.members')} intro={texts.t('chain.members.oneMemberIs')}>
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
      <Section title={texts.t('chain.members.clinics')}>
        <LongTable
          caption={captionOf(members)}
          columns={memberColumns(list, own)}
          rows={members}
          rowKey={({ number }) => number}
          filterLabel={texts.t('chain.members.findClinicBy')}
          filterText={({ name }) => name.toLowerCase()}
        />
      </Section>
      <Proposals members={list.members} />
      {former.length === 0 ? null : (
        <Section title={texts.t('chain.members.formerMembers')}>
          <LongTable
            caption={texts.t('chain.members.formerCaption', {
              count: former.length,
              clinics: countText(former.length, 'clinic'),
            })}
            columns={formerColumns(list)}
            rows={former}
            rowKey={({ number }) => number}
            filterLabel={texts.t('chain.members.findFormerMember')}
            filterText={({ name }) => name.toLowerCase()}
          />
        </Section>
      )}
      <Section title={texts.t('chain.members.publicKeys')}>
        {members.map((member) => (
          <MemberKeys key={member.number} member={member} />
        ))}
      </Section>
    </>
  );
}

function captionOf(members: readonly Member[]): string {
  const organisations = new Set(members.map(({ organisation }) => organisation)).size;
  return texts.t('chain.members.caption', {
    clinics: countText(members.length, 'clinic'),
    organisations: countText(organisations, 'organisation'),
  });
}

// A change of a profile or photo: whose, and each field from what to what.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useNode } from '../../../shared/node/node-context.tsx';
import { FullMoment } from '../../../shared/time/moment.tsx';
import { type Fact, Facts } from '../../../shared/ui/facts.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { fieldName } from '../../parts/field-name.ts';
import { Image, PersonPhoto } from '../parts/person-photo.tsx';
import type { Approval } from './change-words.ts';

export function ChangeFacts({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const { kind, user, name, displayName, change, made } = approval;
  const known = (value: string) => (value === '' ? t('profile.notKnown') : <bdi>{value}</bdi>);
  const fields: Fact[] =
    kind === 'photo'
      ? [
          { label: t('admin.approvals.from'), value: <PersonPhoto user={user} name={displayName} /> },
          { label: t('admin.approvals.to'), value: <Proposed approval={approval} /> },
        ]
      : change.flatMap(({ field, from, to }) => [
          { label: t('admin.approvals.fieldFrom', { field: fieldName(t, field) }), value: known(from) },
          { label: t('admin.approvals.fieldTo', { field: fieldName(t, field) }), value: known(to) },
        ]);
  return (
    <Facts
      facts={[
        { label: t('admin.name'), value: <bdi>{displayName}</bdi> },
        { label: t('signIn.name'), value: <bdi>{name}</bdi> },
        ...fields,
        { label: t('admin.approvals.asked'), value: <FullMoment time={made} /> },
      ]}
    />
  );
}

function Proposed({ approval: { id, displayName } }: { approval: Approval }) {
  const { client } = useNode();
  const query = useQuery({
    queryKey: ['admin', 'proposed-photo', id],
    queryFn: ({ signal }) => client.call('admin_approvalPhoto', { approval: id }, signal),
  });
  return (
    <QueryView query={query} rows={1}>
      {(photo) => <Image photo={photo} name={displayName} />}
    </QueryView>
  );
}

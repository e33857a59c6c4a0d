// Invitations that nobody has used yet, and the way to end one.
import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { Said } from '../../../shared/form/said.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { LongTable } from '../../../shared/table/virtual-table.tsx';
import { Deadline, Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { useAct } from '../../parts/use-act.ts';
import classes from '../parts/admin.module.css';

type Invitation = Result<'admin_invitations'>['invitations'][number];

export function OpenInvitations() {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useAct('admin');
  const query = useQuery({
    queryKey: ['admin', 'invitations'],
    queryFn: ({ signal }) => client.call('admin_invitations', {}, signal),
    staleTime: 0,
  });
  const revoke = (id: string) =>
    void act.run(() => client.call('admin_inviteRevoke', { id }), t('admin.invitations.revoked'));
  const columns = useColumns(revoke);
  return (
    <div className={classes.lines}>
      <QueryView query={query} rows={3}>
        {({ invitations }) =>
          invitations.length === 0 ? (
            <Text c="dimmed">{t('admin.invitations.none')}</Text>
          ) : (
            <LongTable
              caption={t('admin.invitations.open')}
              hideCaption
              columns={columns}
              rows={invitations}
              rowKey={({ id }) => id}
              filterLabel={t('admin.invitations.find')}
              filterText={({ name, email }) => `${name ?? ''} ${email ?? ''}`.toLowerCase()}
            />
          )
        }
      </QueryView>
      <Said said={act.said} />
    </div>
  );
}

function useColumns(revoke: (id: string) => void): Column<Invitation>[] {
  const { t } = useTranslation();
  const made = t('admin.made');
  const whoOf = ({ name, email }: Invitation) => name ?? email ?? t('admin.invitations.anybody');
  return [
    {
      name: t('admin.invitations.for'),
      wrap: true,
      cell: (invitation) => (
        <>
          <bdi>{whoOf(invitation)}</bdi>
          {invitation.name === null || invitation.email === null ? null : (
            <bdi className={classes.note}>{invitation.email}</bdi>
          )}
        </>
      ),
    },
    {
      name: t('account.roles'),
      wrap: true,
      cell: ({ roles }) => (roles.length === 0 ? t('admin.none') : roles.map((role) => t(`roles.${role}`)).join(', ')),
    },
    { name: t('admin.rolesUntil'), cell: ({ until }) => <Deadline time={until} /> },
    { name: made, header: <MomentHeader age={made} time={made} />, cell: ({ made: at }) => <Moment time={at} /> },
    { name: t('admin.invitations.ends'), cell: ({ endsAt }) => <Deadline time={endsAt} /> },
    {
      name: t('admin.revoke'),
      cell: (invitation) => (
        <Button
          variant="default"
          size="xs"
          aria-label={t('admin.invitations.revokeNamed', { name: whoOf(invitation) })}
          onClick={() => revoke(invitation.id)}
        >
          {t('admin.revoke')}
        </Button>
      ),
    },
  ];
}

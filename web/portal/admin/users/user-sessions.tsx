// Where a person is signed in, at all branches, and the ways to end it.
import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { Said } from '../../../shared/form/said.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { Deadline, Moment } from '../../../shared/time/moment.tsx';
import { useAct } from '../../parts/use-act.ts';
import classes from '../parts/admin.module.css';

type Session = Result<'admin_user'>['sessions'][number];

export function UserSessions({ user, sessions }: { user: string; sessions: readonly Session[] }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useAct('admin');
  const end = (session: string) =>
    void act.run(() => client.call('admin_endSessions', { user, session }), t('sessions.done'));
  const columns: Column<Session>[] = [
    { name: t('sessions.device'), wrap: true, cell: ({ device }) => <bdi>{device}</bdi> },
    { name: t('sessions.place'), wrap: true, cell: ({ address, clinic }) => t('sessions.at', { address, clinic }) },
    { name: t('sessions.active'), cell: ({ lastActive }) => <Moment time={lastActive} /> },
    { name: t('sessions.ends'), cell: ({ endsAt }) => <Deadline time={endsAt} /> },
    {
      name: t('sessions.end'),
      cell: ({ id, device }) => (
        <Button variant="default" size="xs" aria-label={t('sessions.endNamed', { device })} onClick={() => end(id)}>
          {t('sessions.end')}
        </Button>
      ),
    },
  ];
  return (
    <div className={classes.lines}>
      {sessions.length === 0 ? (
        <Text c="dimmed">{t('admin.user.noSessions')}</Text>
      ) : (
        <>
          <DataTable
            caption={t('admin.user.sessions')}
            hideCaption
            columns={columns}
            rows={sessions}
            rowKey={({ id }) => id}
          />
          <div className={classes.buttons}>
            <Button
              variant="default"
              loading={act.busy}
              onClick={() => void act.run(() => client.call('admin_endSessions', { user }), t('sessions.done'))}
            >
              {t('admin.user.endSessions')}
            </Button>
          </div>
        </>
      )}
      <Said said={act.said} />
    </div>
  );
}

// Where the person is signed in, and the way to end it, one by one or all.
import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../rpc/schema/methods.ts';
import { Said } from '../../shared/form/said.tsx';
import { useAction } from '../../shared/form/use-action.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import { usePerson, useSessionModules } from '../../shared/session/session-context.tsx';
import type { Column } from '../../shared/table/columns.ts';
import { DataTable } from '../../shared/table/data-table.tsx';
import { Deadline, Moment } from '../../shared/time/moment.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import classes from './account.module.css';

/** Sessions begin and end at other browsers. */
const EVERY_MS = 15_000;

type Row = Result<'session_list'>['sessions'][number];

export function Sessions() {
  const { t } = useTranslation();
  const { client } = useNode();
  const { sessions } = useSessionModules();
  const queries = useQueryClient();
  const action = useAction();
  const { id } = usePerson();
  const query = useQuery({
    queryKey: ['sessions', id],
    queryFn: ({ signal }) => client.call('session_list', {}, signal),
    refetchInterval: EVERY_MS,
  });
  const end = (work: () => Promise<unknown>) =>
    void action.run(async () => {
      await work();
      await Promise.all([queries.invalidateQueries({ queryKey: ['sessions'] }), sessions.refresh()]);
    }, t('sessions.done'));
  const columns: Column<Row>[] = [
    {
      name: t('sessions.device'),
      wrap: true,
      cell: ({ device, current }) => (
        <>
          <bdi>{device}</bdi>
          {current ? ` (${t('sessions.this')})` : null}
        </>
      ),
    },
    { name: t('sessions.place'), cell: ({ address, clinic }) => t('sessions.at', { address, clinic }) },
    { name: t('sessions.active'), cell: ({ lastActive }) => <Moment time={lastActive} /> },
    { name: t('sessions.ends'), cell: ({ endsAt }) => <Deadline time={endsAt} /> },
    {
      name: t('sessions.end'),
      cell: ({ id, current, device }) =>
        current ? (
          '–'
        ) : (
          <Button
            variant="default"
            size="xs"
            aria-label={t('sessions.endNamed', { device })}
            onClick={() => end(() => client.call('session_end', { session: id }))}
          >
            {t('sessions.end')}
          </Button>
        ),
    },
  ];
  return (
    <QueryView query={query}>
      {({ sessions: rows }) => (
        <div className={classes.list}>
          <DataTable caption={t('sessions.title')} hideCaption columns={columns} rows={rows} rowKey={({ id }) => id} />
          {rows.length < 2 ? null : (
            <div>
              <Button
                variant="default"
                loading={action.busy}
                onClick={() => end(() => client.call('session_endOthers'))}
              >
                {t('sessions.endOthers')}
              </Button>
            </div>
          )}
          <Said said={action.said} />
        </div>
      )}
    </QueryView>
  );
}

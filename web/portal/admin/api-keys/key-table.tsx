// The keys that there are.
import { Button } from '@mantine/core';
import { IconAlertOctagon, IconBan, IconCircleCheckFilled } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ApiKeyView } from '../../../../rpc/schema/apikey.ts';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { Said } from '../../../shared/form/said.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { LongTable } from '../../../shared/table/virtual-table.tsx';
import { Deadline, Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import tag from '../../../shared/ui/status-tag.module.css';
import { useAct } from '../../parts/use-act.ts';
import classes from '../parts/admin.module.css';

const LOOKS = {
  active: { look: 'final', Icon: IconCircleCheckFilled },
  ended: { look: 'queued', Icon: IconBan },
  revoked: { look: 'refused', Icon: IconAlertOctagon },
} as const satisfies Record<ApiKeyView['state'], unknown>;

export interface KeyTableProps {
  readonly keys: readonly ApiKeyView[];
  onRotated(made: Result<'apikey_rotate'>): void;
}

export function KeyTable({ keys, onRotated }: KeyTableProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useAct('admin');
  const rotate = (id: string) =>
    void act.run(async () => onRotated(await client.call('apikey_rotate', { id })), t('admin.keys.rotated'));
  const used = t('admin.keys.lastUsed');
  const columns: Column<ApiKeyView>[] = [
    {
      name: t('admin.name'),
      wrap: true,
      cell: ({ id, name }) => (
        <>
          <bdi>{name}</bdi>
          <span className={classes.note} translate="no">
            {id}
          </span>
        </>
      ),
    },
    {
      name: t('admin.keys.scopes'),
      wrap: true,
      cell: ({ scopes }) => <span translate="no">{scopes.join(', ')}</span>,
    },
    { name: t('sessions.ends'), cell: ({ until }) => <Deadline time={until} /> },
    {
      name: used,
      header: <MomentHeader age={used} time={used} />,
      cell: ({ lastUsed, lastAddress }) =>
        lastUsed === null ? (
          t('admin.never')
        ) : (
          <>
            <Moment time={lastUsed} />
            {lastAddress === null ? null : <span className={classes.note}>{lastAddress}</span>}
          </>
        ),
    },
    { name: t('admin.status'), cell: ({ state }) => <KeyState state={state} /> },
    { name: t('admin.keys.acts'), cell: (key) => <Acts apiKey={key} onRotate={rotate} /> },
  ];
  return (
    <div className={classes.lines}>
      <LongTable
        caption={t('nav.apiKeys')}
        hideCaption
        columns={columns}
        rows={keys}
        rowKey={({ id }) => id}
        filterLabel={t('admin.keys.find')}
        filterText={({ name, id }) => `${name} ${id}`.toLowerCase()}
      />
      <Said said={act.said} />
    </div>
  );
}

function KeyState({ state }: { state: ApiKeyView['state'] }) {
  const { t } = useTranslation();
  const { look, Icon } = LOOKS[state];
  return (
    <span className={tag.tag} data-status={look}>
      <Icon size={16} aria-hidden />
      {t(`admin.keys.states.${state}`)}
    </span>
  );
}

function Acts({ apiKey: { id, name, state }, onRotate }: { apiKey: ApiKeyView; onRotate(id: string): void }) {
  const { t } = useTranslation();
  if (state !== 'active') return '–';
  return (
    <span className={classes.buttons}>
      <Button
        variant="default"
        size="xs"
        aria-label={t('admin.keys.rotateNamed', { name })}
        onClick={() => onRotate(id)}
      >
        {t('admin.keys.rotate')}
      </Button>
      <ButtonLink
        to="/admin/api-keys/$key"
        params={{ key: id }}
        size="xs"
        aria-label={t('admin.keys.endNamed', { name })}
      >
        {t('sessions.end')}
      </ButtonLink>
    </span>
  );
}

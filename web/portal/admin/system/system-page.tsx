// How this clinic is: people, sessions, chain, peers, disk, outbox, mail.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { bytesText, numberText } from '../../../shared/text/numbers.ts';
import { durationText } from '../../../shared/time/format.ts';
import { Figures } from '../../../shared/ui/facts.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { MailPart } from './mail-part.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/sign-in.ts';

const EVERY_MS = 10_000;

export function SystemPage() {
  const { t } = useTranslation();
  const { client } = useNode();
  const query = useQuery({
    queryKey: ['admin', 'stats'],
    queryFn: ({ signal }) => client.call('admin_stats', {}, signal),
    refetchInterval: EVERY_MS,
    staleTime: 0,
  });
  return (
    <Page title={t('nav.system')} intro={t('admin.system.intro')}>
      <QueryView query={query} rows={6}>
        {(stats) => <Stats stats={stats} />}
      </QueryView>
      <Section title={t('admin.system.mail')}>
        <MailPart />
      </Section>
    </Page>
  );
}

function Stats({ stats }: { stats: Result<'admin_stats'> }) {
  const { t } = useTranslation();
  const { users, sessions, chain, peers, storage, outbox, uptimeMs, version, memoryBytes } = stats;
  const n = numberText;
  return (
    <>
      <Figures
        facts={[
          {
            label: t('nav.people'),
            value: n(users.total),
            hint: t('admin.system.users', {
              active: n(users.active),
              waiting: n(users.waiting),
              suspended: n(users.suspended),
            }),
          },
          { label: t('admin.system.sessions'), value: n(sessions), hint: t('admin.system.sessionsHint') },
          {
            label: t('admin.system.chain'),
            value: n(chain.height),
            hint: t('admin.system.final', { final: n(chain.final), lag: n(chain.lag) }),
          },
          {
            label: t('admin.system.peers'),
            value: n(peers.connected),
            hint: t('admin.system.members', { count: peers.members }),
          },
          {
            label: t('nav.outbox'),
            value: n(outbox.queued + outbox.pending),
            hint: t('admin.system.outbox', {
              queued: n(outbox.queued),
              pending: n(outbox.pending),
              refused: n(outbox.refused),
            }),
          },
          { label: t('admin.system.memory'), value: bytesText(memoryBytes), hint: t('admin.system.memoryHint') },
          {
            label: t('admin.system.uptime'),
            value: durationText(uptimeMs),
            hint: t('admin.system.version', { version }),
          },
        ]}
      />
      <Section title={t('admin.system.storage')}>
        <Storage storage={storage} />
      </Section>
    </>
  );
}

const PARTS = ['chain', 'attachments', 'outbox', 'clinical', 'people', 'access', 'mail'] as const;

function Storage({ storage }: { storage: Result<'admin_stats'>['storage'] }) {
  const { t } = useTranslation();
  const partName = (name: string) => {
    const known = PARTS.find((one) => one === name);
    return known === undefined ? name : t(`admin.system.parts.${known}`);
  };
  const total = storage.reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <DataTable
      caption={t('admin.system.storageTotal', { total: bytesText(total) })}
      columns={[
        { name: t('admin.system.part'), wrap: true, cell: ({ name }) => partName(name) },
        { name: t('admin.system.size'), numeric: true, cell: ({ bytes }) => bytesText(bytes) },
      ]}
      rows={[...storage].sort((a, b) => b.bytes - a.bytes)}
      rowKey={({ name }) => name}
    />
  );
}

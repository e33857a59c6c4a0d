// The state of the network at a glance, live: head, final height, peers, claims, newest blocks and statements.
import { Button, VisuallyHidden } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { useLive } from '../../shared/node/node-context.tsx';
import { DataTable } from '../../shared/table/data-table.tsx';
import { countText } from '../../shared/text/numbers.ts';
import { Link } from '../../shared/ui/link.tsx';
import { Page, Section } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { Failed, Notice } from '../../shared/ui/states.tsx';
import { useLiveBlocks } from '../data/live-blocks.ts';
import { useNewestStatements } from '../data/newest-statements.ts';
import { Claims } from '../parts/claims.tsx';
import { BLOCK_COLUMNS, STATEMENT_COLUMNS } from '../parts/columns.tsx';
import { HeadFigures } from '../parts/head-figures.tsx';
import { Standstill } from '../parts/standstill.tsx';

export function OverviewPage() {
  const [paused, setPaused] = useState(false);
  const { health, error } = useLive();
  return (
    <Page title="Overview">
      {health === undefined && error !== undefined ? (
        <Failed error={error} onRetry={() => window.location.reload()} />
      ) : (
        <HeadFigures />
      )}
      <Standstill more />
      <Blocks paused={paused} onPause={setPaused} />
      <Statements paused={paused} />
      <Claims />
    </Page>
  );
}

function Blocks({ paused, onPause }: { paused: boolean; onPause(paused: boolean): void }) {
  const { query, shown, waiting } = useLiveBlocks(paused);
  const Icon = paused ? IconPlayerPlay : IconPlayerPause;
  return (
    <Section
      title="Newest blocks"
      aside={
        <>
          <Button
            variant="default"
            size="sm"
            leftSection={<Icon size={16} aria-hidden />}
            onClick={() => onPause(!paused)}
          >
            {paused ? 'Go on' : 'Pause'}
          </Button>
          <VisuallyHidden role="status">{paused ? 'Paused' : ''}</VisuallyHidden>
          {waiting > 0 ? <span>{countText(waiting, 'newer block')}</span> : null}
          <Link to="/explorer/blocks">All blocks</Link>
        </>
      }
    >
      <QueryView query={query} rows={8}>
        {({ blocks }) => (
          <DataTable
            caption="Newest blocks"
            hideCaption
            columns={BLOCK_COLUMNS}
            rows={shown?.blocks ?? blocks}
            rowKey={({ id }) => id}
          />
        )}
      </QueryView>
    </Section>
  );
}

function Statements({ paused }: { paused: boolean }) {
  const query = useNewestStatements(paused);
  return (
    <Section title="Newest statements" aside={<Link to="/explorer/statements">All statements</Link>}>
      <QueryView query={query} rows={4}>
        {({ items }) =>
          items.length === 0 ? (
            <Notice title="Nothing yet" live={false}>
              <p>What clinics state, such as registering patients or reporting attackers, appears here.</p>
            </Notice>
          ) : (
            <DataTable
              caption="Newest statements"
              hideCaption
              columns={STATEMENT_COLUMNS}
              rows={items}
              rowKey={({ id, transaction }) => `${id} ${transaction}`}
            />
          )
        }
      </QueryView>
    </Section>
  );
}

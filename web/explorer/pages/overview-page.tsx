// The state of the network at a glance, live: head, final height, peers, claims, newest blocks and statements.

import { Button, VisuallyHidden } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { useLive } from '../../shared/node/node-context.tsx';
import { DataTable } from '../../shared/table/data-table.tsx';
import { texts } from '../../shared/text/i18n.ts';
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
import '../../shared/text/en/chain.ts';

export function OverviewPage() {
  const [paused, setPaused] = useState(false);
  const { health, error } = useLive();
  return (
    <Page title={texts.t('chain.overview.overview')}>
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
      title={texts.t('chain.overview.newestBlocks')}
      aside={
        <>
          <Button
            variant="default"
            size="sm"
            leftSection={<Icon size={16} aria-hidden />}
            onClick={() => onPause(!paused)}
          >
            {paused ? texts.t('chain.overview.goOn') : texts.t('chain.overview.pause')}
          </Button>
          <VisuallyHidden role="status">{paused ? texts.t('chain.overview.paused') : ''}</VisuallyHidden>
          {waiting > 0 ? <span>{countText(waiting, 'newerBlock')}</span> : null}
          <Link to="/explorer/blocks">{texts.t('chain.overview.allBlocks')}</Link>
        </>
      }
    >
      <QueryView query={query} rows={8}>
        {({ blocks }) => (
          <DataTable
            caption={texts.t('chain.overview.newestBlocks')}
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
    <Section
      title={texts.t('chain.overview.newestStatements')}
      aside={<Link to="/explorer/statements">{texts.t('chain.overview.allStatements')}</Link>}
    >
      <QueryView query={query} rows={4}>
        {({ items }) =>
          items.length === 0 ? (
            <Notice title={texts.t('chain.words.nothingYet')} live={false}>
              <p>{texts.t('chain.overview.whatClinicsState')}</p>
            </Notice>
          ) : (
            <DataTable
              caption={texts.t('chain.overview.newestStatements')}
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

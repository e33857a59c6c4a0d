// The blocks of the main chain, newest first. New ones wait behind a button, so that no row moves under a finger.

import { Button } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useLive, useNode } from '../../shared/node/node-context.tsx';
import { DataTable } from '../../shared/table/data-table.tsx';
import { texts } from '../../shared/text/i18n.ts';
import { countText, numberText } from '../../shared/text/numbers.ts';
import { Page } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { blocksQuery, PAGE_ROWS } from '../data/queries.ts';
import { heightOf } from '../data/refs.ts';
import { BLOCK_COLUMNS } from '../parts/columns.tsx';
import { HeightJump } from '../parts/height-jump.tsx';
import { BackLink, OnLink, Pager } from '../parts/pager.tsx';
import '../../shared/text/en/chain.ts';

const route = getRouteApi('/explorer/blocks');

export function BlocksPage() {
  const before = heightOf(route.useSearch().before ?? '');
  const { client } = useNode();
  const navigate = useNavigate();
  const query = useQuery({ ...blocksQuery(client, before), placeholderData: keepPreviousData });
  return (
    <Page title={texts.t('chain.words.blocks')} intro={texts.t('chain.blocks.everyBlockOf')}>
      <HeightJump
        onJump={(height) => void navigate({ to: '/explorer/blocks', search: { before: String(height + 1) } })}
      />
      {before === undefined ? <NewBlocks top={query.data?.blocks[0]?.height} onShow={() => query.refetch()} /> : null}
      <QueryView query={query} rows={10}>
        {({ blocks, next }) => (
          <>
            <DataTable
              caption={captionOf(blocks.map(({ height }) => height))}
              columns={BLOCK_COLUMNS}
              rows={blocks}
              rowKey={({ id }) => id}
            />
            <Pager label={texts.t('chain.blocks.pagesOfBlocks')}>
              {before === undefined ? null : (
                <BackLink
                  to="/explorer/blocks"
                  search={{ before: String((blocks[0]?.height ?? before) + 1 + PAGE_ROWS) }}
                >
                  {texts.t('chain.words.newer')}
                </BackLink>
              )}
              {next === null ? null : (
                <OnLink to="/explorer/blocks" search={{ before: String(next) }}>
                  {texts.t('chain.words.older')}
                </OnLink>
              )}
            </Pager>
          </>
        )}
      </QueryView>
    </Page>
  );
}

function captionOf(heights: readonly number[]): string {
  if (heights.length === 0) return texts.t('chain.blocks.noBlocks');
  return texts.t('chain.blocks.range', {
    from: numberText(Math.max(...heights)),
    to: numberText(Math.min(...heights)),
  });
}

function NewBlocks({ top, onShow }: { top: number | undefined; onShow: () => unknown }) {
  const head = useLive().head?.height;
  const waiting = top === undefined || head === undefined ? 0 : head - top;
  return (
    <p>
      {waiting > 0 ? (
        <Button variant="light" onClick={() => void onShow()}>
          {texts.t('chain.blocks.show', { blocks: countText(waiting, 'newBlock') })}
        </Button>
      ) : (
        texts.t('chain.blocks.noNewerBlocks')
      )}
    </p>
  );
}

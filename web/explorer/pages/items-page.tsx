// What the lists of transactions and of statements have in common: pages over the whole chain, newest first.

import { Button } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import type { HeadValue } from '../../../rpc/schema/subscription.ts';
import { CHAIN_KEY } from '../../shared/node/live-chain.ts';
import { useHeads, useNode } from '../../shared/node/node-context.tsx';
import type { Column } from '../../shared/table/columns.ts';
import { DataTable } from '../../shared/table/data-table.tsx';
import { texts } from '../../shared/text/i18n.ts';
import { numberText } from '../../shared/text/numbers.ts';
import { Page } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { type ItemPage, type ItemSource, itemPage, placeOf, placeText, type Walk } from '../data/item-pages.ts';
import { PAGE_ROWS } from '../data/queries.ts';
import { HeightJump } from '../parts/height-jump.tsx';
import { BackLink, OnLink, Pager } from '../parts/pager.tsx';

type Noun = 'transactions' | 'statements';

export interface ItemsPageProps<T> {
  readonly title: string;
  readonly intro: string;
  readonly noun: Noun;
  readonly to: '/explorer/txs' | '/explorer/statements';
  readonly search: { readonly older?: string; readonly newer?: string };
  readonly source: ItemSource<T>;
  readonly columns: readonly Column<T>[];
}

export function ItemsPage<T extends { readonly id: string }>(props: ItemsPageProps<T>) {
  const { title, intro, noun, to, search, source, columns } = props;
  const { client } = useNode();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const newer = placeOf(search.newer);
  const older = placeOf(search.older);
  const walk: Walk =
    newer === undefined
      ? { direction: 'older', from: older, rows: PAGE_ROWS }
      : { direction: 'newer', from: newer, rows: PAGE_ROWS };
  const queryKey = [CHAIN_KEY, noun, walk];
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => itemPage(client, source, walk, signal),
    placeholderData: keepPreviousData,
  });
  const first = walk.from === undefined;
  return (
    <Page title={title} intro={intro}>
      <HeightJump
        onJump={(height) => void navigate({ to, search: { older: placeText({ height: height + 1, index: 0 }) } })}
      />
      {first ? (
        <NewItems noun={noun} source={source} since={query.dataUpdatedAt} onShow={() => query.refetch()} />
      ) : null}
      <QueryView query={query} rows={10} onCancel={() => void queries.cancelQueries({ queryKey })}>
        {(page) => (
          <>
            <Items page={page} noun={noun} columns={columns} caption={texts.t(`chain.items.${noun}.newest`)} />
            <Pager label={texts.t(`chain.items.${noun}.pages`)}>
              {page.newer === undefined ? null : (
                <BackLink to={to} search={{ newer: placeText(page.newer) }}>
                  {texts.t('chain.words.newer')}
                </BackLink>
              )}
              {page.older === undefined ? null : (
                <OnLink to={to} search={{ older: placeText(page.older) }}>
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

interface ItemsProps<T> {
  readonly page: ItemPage<T>;
  readonly noun: Noun;
  readonly caption: string;
  readonly columns: readonly Column<T>[];
}

function Items<T extends { readonly id: string }>({ page, noun, caption, columns }: ItemsProps<T>) {
  if (page.items.length > 0) {
    return <DataTable caption={caption} columns={columns} rows={page.items} rowKey={({ id }) => id} />;
  }
  return page.older === undefined ? (
    <Notice title={texts.t('chain.words.nothingYet')}>
      <p>{texts.t(`chain.items.${noun}.empty`)}</p>
    </Notice>
  ) : (
    <Notice title={texts.t(`chain.items.${noun}.noneHere`)}>
      <p>{texts.t('chain.items.blocksThatWere')}</p>
    </Notice>
  );
}

interface NewItemsProps<T> {
  readonly noun: Noun;
  readonly source: ItemSource<T>;
  /** When the page was loaded; counting begins anew with it. */
  readonly since: number;
  readonly onShow: () => unknown;
}

function NewItems<T>({ noun, source, since, onShow }: NewItemsProps<T>) {
  const [arrived, setArrived] = useState({ since, count: 0 });
  const count = useCallback(
    ({ head }: HeadValue) =>
      setArrived((before) => ({ since, count: (before.since === since ? before.count : 0) + source.count(head) })),
    [source, since],
  );
  useHeads(count);
  const waiting = arrived.since === since ? arrived.count : 0;
  return (
    <p>
      {waiting > 0 ? (
        <Button variant="light" onClick={() => void onShow()}>
          {texts.t(`chain.items.${noun}.show`, { waiting: numberText(waiting) })}
        </Button>
      ) : (
        texts.t(`chain.items.${noun}.noNewer`)
      )}
    </p>
  );
}

// One block, by height or id.

import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { BlockView } from '../../../rpc/schema/chain.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import { isUnknown } from '../../shared/text/errors.ts';
import { texts } from '../../shared/text/i18n.ts';
import { numberText } from '../../shared/text/numbers.ts';
import { Page } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { StatusTag } from '../../shared/ui/status-tag.tsx';
import { blockQuery } from '../data/queries.ts';
import { type BlockRef, blockRefOf } from '../data/refs.ts';
import { useFreshWithHeads } from '../data/use-fresh.ts';
import { BlockContents } from '../parts/block-contents.tsx';
import { BlockFacts } from '../parts/block-facts.tsx';
import { BackLink, OnLink, Pager } from '../parts/pager.tsx';
import { ReplacedBy } from '../parts/replaced-by.tsx';
import { VerifyThis } from '../parts/verify-this.tsx';
import { Watching } from '../parts/watching.tsx';
import '../../shared/text/en/chain.ts';

export function BlockPage() {
  const { ref: text } = useParams({ from: '/explorer/blocks/$ref' });
  const ref = blockRefOf(text);
  if (ref !== undefined) return <OneBlock block={ref} text={text} />;
  return (
    <Page title={texts.t('chain.words.block')}>
      <Notice title={texts.t('chain.block.thisIsNo')}>
        <p>{texts.t('chain.block.heightIsWhole')}</p>
      </Notice>
    </Page>
  );
}

function OneBlock({ block, text }: { block: BlockRef; text: string }) {
  const { client } = useNode();
  const options = blockQuery(client, block);
  const query = useQuery(options);
  useFreshWithHeads(options.queryKey, query.data?.next === null || isUnknown(query.error));
  const title =
    query.data === undefined
      ? texts.t('chain.words.block')
      : texts.t('chain.words.numberedBlock', { height: numberText(query.data.height) });
  return (
    <Page title={title} aside={query.data === undefined ? null : <StatusTag status={query.data.status} />}>
      <QueryView query={query} rows={12} unknown={<Watching noun="block" text={text} />}>
        {(view) => (
          <>
            {view.status === 'replaced' ? <ReplacedBy height={view.height} /> : null}
            <Neighbours block={view} />
            <BlockFacts block={view} />
            <BlockContents block={view} />
            {view.status === 'replaced' ? null : <VerifyThis subject={{ block: view.id }} noun="block" />}
          </>
        )}
      </QueryView>
    </Page>
  );
}

function Neighbours({ block: { height, parent, next } }: { block: BlockView }) {
  const to = '/explorer/blocks/$ref';
  return (
    <Pager label={texts.t('chain.block.neighbouringBlocks')}>
      {height === 0 ? null : (
        <BackLink to={to} params={{ ref: parent }}>
          {texts.t('chain.words.previousBlock')}
        </BackLink>
      )}
      {next === null ? null : (
        <OnLink to={to} params={{ ref: next }}>
          {texts.t('chain.block.nextBlock')}
        </OnLink>
      )}
    </Pager>
  );
}

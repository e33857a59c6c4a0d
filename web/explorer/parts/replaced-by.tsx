// What stands on the main chain instead of a block that was left behind.

import { useQuery } from '@tanstack/react-query';
import { useNode } from '../../shared/node/node-context.tsx';
import { texts } from '../../shared/text/i18n.ts';
import { Notice } from '../../shared/ui/states.tsx';
import { statusMeaning } from '../../shared/ui/status-tag.tsx';
import { blockQuery } from '../data/queries.ts';
import { BlockLink } from './links.tsx';

export function ReplacedBy({ height }: { height: number }) {
  const { client } = useNode();
  const { data } = useQuery(blockQuery(client, { height }));
  return (
    <Notice title={texts.t('chain.replacedBy.thisBlockWas')}>
      <p>
        {statusMeaning('replaced')} {texts.t('chain.replacedBy.returned')}
      </p>
      {data === undefined ? (
        <p>{texts.t('chain.replacedBy.mainChainHas')}</p>
      ) : (
        <p>
          {texts.t('chain.replacedBy.by')} <BlockLink id={data.id} />
        </p>
      )}
    </Notice>
  );
}

// What stands on the main chain instead of a block that was left behind.
import { useQuery } from '@tanstack/react-query';
import { useNode } from '../../shared/node/node-context.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { STATUS_MEANING } from '../../shared/ui/status-tag.tsx';
import { blockQuery } from '../data/queries.ts';
import { BlockLink } from './links.tsx';

export function ReplacedBy({ height }: { height: number }) {
  const { client } = useNode();
  const { data } = useQuery(blockQuery(client, { height }));
  return (
    <Notice title="This block was replaced">
      <p>{STATUS_MEANING.replaced} Its statements returned to Pending and can be applied by later blocks.</p>
      {data === undefined ? (
        <p>The main chain has no block at this height now.</p>
      ) : (
        <p>
          Replaced by <BlockLink id={data.id} />
        </p>
      )}
    </Notice>
  );
}

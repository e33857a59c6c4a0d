// What is judged now, second by second, for as long as the page is open.
import { useEffect, useState } from 'react';
import type { TrafficValue } from '../../../../rpc/schema/subscription.ts';
import { useNode } from '../../../shared/node/node-context.tsx';

export function useTraffic(): TrafficValue | undefined {
  const { client } = useNode();
  const [value, setValue] = useState<TrafficValue>();
  useEffect(() => client.subscribe('threats', {}, setValue), [client]);
  return value;
}

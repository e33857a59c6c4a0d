// Why something that is applied is not final: nothing is yet, it stands still, or its turn will come.
import { numberText } from '../../shared/text/numbers.ts';
import { useFinality } from '../data/finality.ts';

export function NotFinal() {
  const finality = useFinality();
  if (finality === undefined) return <>Not final yet.</>;
  const { final, standsStill } = finality;
  if (final === 0) return <>Not final: nothing is final on this network yet.</>;
  const where = `the newest final block is ${numberText(final)}`;
  return <>{standsStill ? `Not final: finality stands still, ${where}.` : `Not final yet: ${where}.`}</>;
}

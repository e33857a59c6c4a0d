// Why something that is applied is not final: nothing is yet, it stands still, or its turn will come.
import { texts } from '../../shared/text/i18n.ts';
import { numberText } from '../../shared/text/numbers.ts';
import { useFinality } from '../data/finality.ts';

export function NotFinal() {
  const finality = useFinality();
  if (finality === undefined) return <>{texts.t('chain.notFinal.notFinalYet')}</>;
  const { final, standsStill } = finality;
  if (final === 0) return <>{texts.t('chain.notFinal.notFinalNothing')}</>;
  const key = standsStill ? 'chain.notFinal.still' : 'chain.notFinal.yet';
  return <>{texts.t(key, { height: numberText(final) })}</>;
}

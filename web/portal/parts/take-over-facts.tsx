// How far a take-over is, the same for the patient and for clinics: its code, who saw the person, who is asked, when it can end.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { TakeOverAnswer } from '../../../rpc/schema/take-over.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import { Facts } from '../../shared/ui/facts.tsx';
import { GroupedIdent } from '../../shared/ui/ident.tsx';
import { ClinicNames } from '../doctor/parts/clinic-names.tsx';
import '../../shared/text/en/take-over.ts';

export type TakeOverPhase = 'seen' | 'asked' | 'runs' | 'ready' | 'stopped' | 'finished';

export function phaseOf(takeOver: TakeOverAnswer, now: number): TakeOverPhase {
  const { state, objections, outvoted, readyAt, waiting } = takeOver;
  if (state === 'finished') return 'finished';
  if (objections > 0 && !outvoted) return 'stopped';
  if (readyAt === null) return 'seen';
  if (now >= readyAt) return 'ready';
  return waiting.length > 0 ? 'asked' : 'runs';
}

export interface TakeOverFactsProps {
  readonly takeOver: TakeOverAnswer;
  /** As this reader is shown times. */
  readonly time: (time: number) => ReactNode;
  /** Of its end, which may be to come. */
  readonly end: (time: number) => ReactNode;
}

export function TakeOverFacts({ takeOver, time, end }: TakeOverFactsProps) {
  const { t } = useTranslation();
  const { nodeClock } = useNode();
  const { takeOver: id, begun, witnesses, waiting, readyAt, objections } = takeOver;
  const clinics = (numbers: readonly number[], none: string) =>
    numbers.length === 0 ? none : <ClinicNames clinics={numbers} />;
  return (
    <Facts
      facts={[
        { label: t('takeOver.state'), value: t(`takeOver.phases.${phaseOf(takeOver, nodeClock.now())}`) },
        { label: t('takeOver.code'), hint: t('takeOver.codeHint'), value: <GroupedIdent value={id} /> },
        ...(begun === null ? [] : [{ label: t('takeOver.began'), value: time(begun) }]),
        { label: t('takeOver.witnesses'), value: clinics(witnesses, t('takeOver.nobodyYet')) },
        { label: t('takeOver.waiting'), value: clinics(waiting, t('takeOver.nobodyAsked')) },
        { label: t('takeOver.end'), value: readyAt === null ? t('takeOver.endUnknown') : end(readyAt) },
        { label: t('takeOver.objections'), value: objections },
      ]}
    />
  );
}

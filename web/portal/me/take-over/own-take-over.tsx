// The patient's own take-over: how far it is, and its end by her key.
import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Said } from '../../../shared/form/said.tsx';
import { useAction } from '../../../shared/form/use-action.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { LongMoment } from '../../../shared/time/long-moment.tsx';
import { useUnlock } from '../../../shared/vault/unlock.tsx';
import { phaseOf, TakeOverFacts } from '../../parts/take-over-facts.tsx';
import classes from '../parts/me.module.css';
import { useReread } from '../parts/use-own-vault.ts';
import type { MyTakeOvers } from './use-my-take-overs.ts';

export interface OwnTakeOverProps {
  readonly known: MyTakeOvers;
  readonly takeOver: MyTakeOvers['takeOvers'][number];
}

export function OwnTakeOver({ known, takeOver }: OwnTakeOverProps) {
  const { t } = useTranslation();
  const { client, nodeClock } = useNode();
  const unlock = useUnlock();
  const reread = useReread();
  const action = useAction();
  const finish = () =>
    void action.run(async () => {
      const { open } = await unlock();
      const { finishTakeOver } = await import('../../../shared/vault/take-over.ts');
      await finishTakeOver(client, open, known, takeOver);
      await reread();
    }, t('takeOver.finished'));
  return (
    <div className={classes.part}>
      <TakeOverFacts takeOver={takeOver} time={shown} end={shown} />
      {phaseOf(takeOver, nodeClock.now()) === 'seen' ? <Text>{t('takeOver.begun')}</Text> : null}
      {phaseOf(takeOver, nodeClock.now()) === 'ready' ? (
        <div>
          <Button size="md" loading={action.busy} onClick={finish}>
            {t('takeOver.finish')}
          </Button>
        </div>
      ) : null}
      <Said said={action.said} />
    </div>
  );
}

const shown = (time: number) => <LongMoment time={time} />;

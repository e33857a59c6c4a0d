// Somebody takes over the patient's records: who saw them, by when, and objecting through this clinic, asked twice.
import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TakeOverAnswer } from '../../../../rpc/schema/take-over.ts';
import { Said } from '../../../shared/form/said.tsx';
import { useAction } from '../../../shared/form/use-action.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { LongMoment } from '../../../shared/time/long-moment.tsx';
import { TakeOverFacts } from '../../parts/take-over-facts.tsx';
import classes from '../parts/me.module.css';
import { useReread } from '../parts/use-own-vault.ts';

export interface OtherTakeOverProps {
  readonly takeOver: TakeOverAnswer;
  readonly mayObject: boolean;
}

export function OtherTakeOver({ takeOver, mayObject }: OtherTakeOverProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const reread = useReread();
  const action = useAction();
  const [asking, setAsking] = useState(false);
  /** In no block yet. */
  const [sent, setSent] = useState(false);
  const object = () =>
    void action.run(async () => {
      await client.call('me_takeOverObject', { takeOver: takeOver.takeOver });
      setAsking(false);
      setSent(true);
      await reread();
    }, t('takeOver.objected'));
  return (
    <div className={classes.part}>
      <TakeOverFacts takeOver={takeOver} time={shown} end={shown} />
      {takeOver.objects ? <Text>{t('takeOver.objecting')}</Text> : <Text>{t('takeOver.somebodysText')}</Text>}
      {!mayObject || sent || takeOver.objects ? null : asking ? (
        <section aria-label={t('takeOver.objectSure')} className={classes.part}>
          <strong>{t('takeOver.objectSure')}</strong>
          <Text>{t('takeOver.objectReach')}</Text>
          <div className={classes.buttons}>
            <Button size="md" color="red" loading={action.busy} onClick={object}>
              {t('takeOver.object')}
            </Button>
            <Button size="md" variant="default" onClick={() => setAsking(false)}>
              {t('form.cancel')}
            </Button>
          </div>
        </section>
      ) : (
        <div>
          <Button size="md" variant="default" onClick={() => setAsking(true)}>
            {t('takeOver.object')}
          </Button>
        </div>
      )}
      <Said said={action.said} />
    </div>
  );
}

const shown = (time: number) => <LongMoment time={time} />;

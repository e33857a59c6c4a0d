// Begins a take-over with a key made for it: what it means first.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RpcError } from '../../../../rpc/client.ts';
import { Said } from '../../../shared/form/said.tsx';
import { useAction } from '../../../shared/form/use-action.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { useUnlock } from '../../../shared/vault/unlock.tsx';
import { useRepresented } from '../acting/acting.tsx';
import classes from '../parts/me.module.css';
import { useReread } from '../parts/use-own-vault.ts';
import type { MyTakeOvers } from './use-my-take-overs.ts';

const POINTS = ['key', 'seen', 'time', 'others', 'sharing'] as const;

export function BeginForm({ known }: { known: MyTakeOvers }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const unlock = useUnlock();
  const reread = useReread();
  const action = useAction();
  /** In no block yet; with the block this form goes. */
  const [sent, setSent] = useState(false);
  const as = useRepresented() === undefined ? 'patient' : 'guardian';
  const begin = () =>
    void action.run(async () => {
      const { open } = await unlock();
      const { beginTakeOver } = await import('../../../shared/vault/take-over.ts');
      const begun = await beginTakeOver(client, open, known, as);
      if (!begun) throw new RpcError({ code: 'takeover.keys', number: 0, details: {} });
      setSent(true);
      await reread();
    }, t('takeOver.begun'));
  return (
    <div className={classes.part}>
      <ul className={classes.plain}>
        {POINTS.map((point) => (
          <li key={point}>{t(`takeOver.meaning.${point}`)}</li>
        ))}
      </ul>
      {sent ? null : (
        <div>
          <Button size="md" loading={action.busy} onClick={begin}>
            {t('takeOver.beginSubmit')}
          </Button>
        </div>
      )}
      <Said said={action.said} />
    </div>
  );
}

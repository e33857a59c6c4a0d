// Approves an erasure with the device key of this person: on the chain, so that nobody approves for two.
import { Button, Checkbox, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Actions, Form, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { useUnlock } from '../../../shared/vault/unlock.tsx';
import classes from '../parts/admin.module.css';
import { useFollow } from '../parts/use-follow.ts';
import { useFormAct } from '../parts/use-form-act.ts';

export function ApproveForm({ erasure }: { erasure: string }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const unlock = useUnlock();
  const act = useFormAct();
  const follow = useFollow();
  const state = useFormState();
  const [sure, setSure] = useState(false);
  const [sent, setSent] = useState(false);
  const submit = async () => {
    if (!sure) return [{ field: 'approve-sure', words: t('erasures.sureMissing') }];
    return act(async () => {
      const { open } = await unlock();
      const { approveErasure } = await import('../../../shared/vault/approve-erasure.ts');
      follow({ id: await approveErasure(client, open, erasure) });
      setSent(true);
    });
  };
  if (sent) return <Text role="status">{t('erasures.approvalSent')}</Text>;
  return (
    <div className={classes.part}>
      <Text>{t('erasures.approveText')}</Text>
      <Form state={state} onSubmit={submit} label={t('erasures.approve')}>
        <Checkbox
          id="approve-sure"
          label={t('erasures.sure')}
          checked={sure}
          onChange={(event) => setSure(event.currentTarget.checked)}
          error={state.wrong('approve-sure')}
          size="md"
        />
        <Actions>
          <Button type="submit" size="md" color="red" loading={state.busy}>
            {t('erasures.approve')}
          </Button>
        </Actions>
      </Form>
    </div>
  );
}

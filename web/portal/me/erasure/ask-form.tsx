// The wish to be erased, with words if one likes; whoever wants the records takes them along first.
import { Button, Checkbox, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../../common/errors.ts';
import { Actions, Form, useFormState } from '../../../shared/form/form.tsx';
import { CANCELLED } from '../../../shared/form/use-action.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { failureText } from '../../../shared/text/errors.ts';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import classes from '../parts/me.module.css';
import { useOwnVault, useReread } from '../parts/use-own-vault.ts';

const MAX_TEXT = 500;

export function AskForm() {
  const { t } = useTranslation();
  const { client } = useNode();
  const state = useFormState();
  const reread = useReread();
  const withVault = useOwnVault();
  const [text, setText] = useState('');
  const [sure, setSure] = useState(false);
  const submit = async () => {
    if (!sure) return [{ field: 'erasure-sure', words: t('erasure.sureMissing') }];
    const words = text.trim();
    try {
      await client.call('me_erasureAsk', { text: words }).catch((error) => {
        if (codeOf(error) !== 'me.taken-over') throw error;
        // Somebody took over: if it was she, her vault has the key.
        return withVault((records, rpc, vault) => records.askErasure(rpc, vault, words));
      });
      await reread();
      return undefined;
    } catch (error) {
      return codeOf(error) === CANCELLED ? undefined : [{ words: failureText(error) }];
    }
  };
  return (
    <div className={classes.below}>
      <Form state={state} onSubmit={submit} label={t('erasure.title')}>
        <Textarea
          id="erasure-text"
          label={t('erasure.text')}
          description={t('erasure.textHint')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          maxLength={MAX_TEXT}
          rows={3}
          size="md"
        />
        <Checkbox
          id="erasure-sure"
          label={t('erasure.sure')}
          checked={sure}
          onChange={(event) => setSure(event.currentTarget.checked)}
          error={state.wrong('erasure-sure')}
          size="md"
        />
        <Actions>
          <Button type="submit" size="md" color="red" loading={state.busy}>
            {t('erasure.submit')}
          </Button>
          <ButtonLink to="/me/takeout" size="md">
            {t('erasure.takeFirst')}
          </ButtonLink>
        </Actions>
      </Form>
    </div>
  );
}

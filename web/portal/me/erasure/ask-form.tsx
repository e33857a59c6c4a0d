// The wish to be erased, with words if one likes; whoever wants the records takes them along first.
import { Button, Checkbox, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Actions, Form, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { failureText } from '../../../shared/text/errors.ts';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import classes from '../parts/me.module.css';
import { useReread } from '../parts/use-own-vault.ts';

const MAX_TEXT = 500;

export function AskForm() {
  const { t } = useTranslation();
  const { client } = useNode();
  const state = useFormState();
  const reread = useReread();
  const [text, setText] = useState('');
  const [sure, setSure] = useState(false);
  const submit = async () => {
    if (!sure) return [{ field: 'erasure-sure', words: t('erasure.sureMissing') }];
    try {
      await client.call('me_erasureAsk', { text: text.trim() });
      await reread();
      return undefined;
    } catch (error) {
      return [{ words: failureText(error) }];
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

// Says whose account it is: the name that the patient signs in with, and the document that was looked at.
import { Button, Radio, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../common/errors.ts';
import { type IdentityDocument, identityDocument } from '../../../rpc/schema/people.ts';
import { Actions, Form, type Mistake, useFormState } from '../../shared/form/form.tsx';
import { useNode } from '../../shared/node/node-context.tsx';
import { failureText } from '../../shared/text/errors.ts';
import { useCareAct } from '../doctor/data/use-care-act.ts';
import classes from './desk.module.css';

const DOCUMENTS = identityDocument.options;
const FIRST_DOCUMENT = `document-${DOCUMENTS[0]}`;
const MAX_USER = 64;
/** What another name would mend. */
const OF_NAME = ['me.unknown-user', 'me.no-account', 'me.account-taken'];

export function AttachForm({ patient }: { patient: string }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useCareAct();
  const state = useFormState();
  const [user, setUser] = useState('');
  const [document, setDocument] = useState<IdentityDocument>();
  const submit = async () => {
    const found: Mistake[] = [];
    if (user.trim() === '') found.push({ field: 'desk-user', words: t('desk.userMissing') });
    if (document === undefined) found.push({ field: FIRST_DOCUMENT, words: t('desk.documentMissing') });
    if (document === undefined || found.length > 0) return found;
    let wrong: Mistake | undefined;
    const mistakes = await act(async () => {
      try {
        await client.call('patient_attach', { patient, user: user.trim(), document });
      } catch (error) {
        if (!OF_NAME.includes(codeOf(error) ?? '')) throw error;
        wrong = { field: 'desk-user', words: failureText(error) };
      }
    });
    return wrong === undefined ? mistakes : [wrong];
  };
  return (
    <Form state={state} onSubmit={submit} label={t('desk.account')}>
      <Text c="dimmed">{t('desk.why')}</Text>
      <TextInput
        id="desk-user"
        label={t('desk.user')}
        description={t('desk.userHint')}
        value={user}
        onChange={(event) => setUser(event.currentTarget.value)}
        error={state.wrong('desk-user')}
        maxLength={MAX_USER}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        size="md"
      />
      <Radio.Group
        label={t('desk.document')}
        description={t('desk.documentHint')}
        value={document ?? ''}
        onChange={(value) => setDocument(value as IdentityDocument)}
        error={state.wrong(FIRST_DOCUMENT)}
        size="md"
      >
        <div className={classes.choices}>
          {DOCUMENTS.map((one) => (
            <Radio key={one} id={`document-${one}`} value={one} label={t(`desk.documents.${one}`)} size="md" />
          ))}
        </div>
      </Radio.Group>
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('desk.submit')}
        </Button>
      </Actions>
    </Form>
  );
}

// Asks for an address, or for the reference that a visitor was shown, and leads to what is known of the address.
import { Button, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Actions, Form, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { useFormAct } from '../parts/use-form-act.ts';
import { handAddress } from './handed-address.ts';
import { isReference } from './reference.ts';

/** `onFound`: instead of going to the page of the address. */
export function FindAddress({ onFound }: { onFound?: (address: string) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const state = useFormState();
  const { client } = useNode();
  const run = useFormAct();
  const [address, setAddress] = useState('');
  const addressOf = async (reference: string): Promise<string | undefined> => {
    let after: number | undefined;
    do {
      const { entries, next } = await client.call('threat_log', { reference, limit: 1, after });
      if (entries.length > 0) return entries[0].address;
      after = next ?? undefined;
    } while (after !== undefined);
    return undefined;
  };
  const submit = async () => {
    const written = address.trim();
    if (written === '') return [{ field: 'address', words: t('defence.addressMissing') }];
    let typed: string | undefined = written;
    if (isReference(written)) {
      const failed = await run(async () => {
        typed = await addressOf(written);
      });
      if (failed !== undefined) return failed;
    }
    if (typed === undefined) return [{ field: 'address', words: t('defence.referenceUnknown') }];
    if (onFound === undefined) {
      handAddress(typed);
      await navigate({ to: '/admin/security/address' });
    } else onFound(typed);
    return undefined;
  };
  return (
    <Form state={state} onSubmit={submit} label={t('defence.find')}>
      <TextInput
        id="address"
        label={t('defence.address')}
        description={t('defence.findHint')}
        value={address}
        onChange={(event) => setAddress(event.currentTarget.value)}
        error={state.wrong('address')}
        maxLength={64}
        autoComplete="off"
        spellCheck={false}
        size="md"
      />
      <Actions>
        <Button type="submit" variant="default" size="md" loading={state.busy}>
          {t('defence.findSubmit')}
        </Button>
      </Actions>
    </Form>
  );
}

// Asks for an address and leads to what is known of it.
import { Button, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Actions, Form, useFormState } from '../../../shared/form/form.tsx';
import { handAddress } from './handed-address.ts';

/** `onFound`: instead of going to the page of the address. */
export function FindAddress({ onFound }: { onFound?: (address: string) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const state = useFormState();
  const [address, setAddress] = useState('');
  const submit = async () => {
    const typed = address.trim();
    if (typed === '') return [{ field: 'address', words: t('defence.addressMissing') }];
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

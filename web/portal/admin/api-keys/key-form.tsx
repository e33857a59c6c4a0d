// A new key: what it may, until when, from where.
import { Button, Checkbox, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { typedDay, untilOf, YEAR_MS } from '../../parts/until.ts';
import { UntilField } from '../../parts/until-field.tsx';
import classes from '../parts/admin.module.css';
import { useFormAct } from '../parts/use-form-act.ts';

export interface KeyFormProps {
  readonly scopes: readonly string[];
  onMade(made: Result<'apikey_create'>): void;
}

const FIRST_SCOPE = 'first-scope';

export function KeyForm({ scopes, onMade }: KeyFormProps) {
  const { t } = useTranslation();
  const { client, nodeClock } = useNode();
  const act = useFormAct();
  const state = useFormState();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [day, setDay] = useState(() => typedDay(nodeClock.now() + YEAR_MS));
  const [smart, setSmart] = useState('');
  const [addresses, setAddresses] = useState('');
  const submit = async () => {
    const until = untilOf(day, nodeClock.now());
    const found: Mistake[] = [];
    if (name.trim() === '') found.push({ field: 'key-name', words: t('admin.keys.nameMissing') });
    const wanted = [...chosen, ...smart.split(/[\s,]+/).filter((scope) => scope !== '')];
    if (wanted.length === 0) found.push({ field: FIRST_SCOPE, words: t('admin.keys.scopesMissing') });
    if (until === undefined) found.push({ field: 'key-until', words: t('admin.untilWrong') });
    if (found.length > 0 || until === undefined) return found;
    const allowedAddresses = addresses.split(/[\s,]+/).filter((address) => address !== '');
    return act(async () => {
      onMade(await client.call('apikey_create', { name: name.trim(), scopes: wanted, until, allowedAddresses }));
    });
  };
  return (
    <Form state={state} onSubmit={submit} label={t('admin.keys.new')}>
      <TextInput
        id="key-name"
        label={t('admin.name')}
        description={t('admin.keys.nameHint')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={state.wrong('key-name')}
        maxLength={100}
        autoComplete="off"
        size="md"
      />
      <Checkbox.Group
        size="md"
        label={t('admin.keys.scopesLabel')}
        value={[...chosen]}
        onChange={setChosen}
        error={state.wrong(FIRST_SCOPE)}
      >
        <div className={classes.choices} translate="no">
          {scopes.map((scope, place) => (
            <Checkbox
              key={scope}
              id={place === 0 ? FIRST_SCOPE : `scope-${scope}`}
              value={scope}
              label={scope}
              size="md"
            />
          ))}
        </div>
      </Checkbox.Group>
      <Textarea
        id="key-smart"
        label={t('admin.keys.smart')}
        description={t('admin.keys.smartHint')}
        value={smart}
        onChange={(event) => setSmart(event.currentTarget.value)}
        rows={3}
        spellCheck={false}
        size="md"
      />
      <UntilField
        id="key-until"
        label={t('admin.until')}
        value={day}
        onChange={setDay}
        error={state.wrong('key-until')}
      />
      <Textarea
        id="key-addresses"
        label={t('admin.keys.addresses')}
        description={t('admin.keys.addressesHint')}
        value={addresses}
        onChange={(event) => setAddresses(event.currentTarget.value)}
        rows={3}
        spellCheck={false}
        size="md"
      />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('admin.keys.make')}
        </Button>
      </Actions>
    </Form>
  );
}

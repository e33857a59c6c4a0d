// Grave acts about a person, a page each: whom it meets, how far it reaches, that it cannot be undone, and why it is done.
import { Button, Text } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import type { StatementState } from '../../../../rpc/schema/shapes.ts';
import { Actions, Form, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import classes from '../parts/admin.module.css';
import { NeedsFactor } from '../parts/needs-factor.tsx';
import { ReasonField } from '../parts/reason-field.tsx';
import { useReached } from '../parts/use-follow.ts';
import { useFormAct } from '../parts/use-form-act.ts';
import { UnknownPerson } from './unknown-person.tsx';
import { useUser } from './use-user.ts';
import '../../../shared/text/en/admin.ts';

type What = 'suspend' | 'erase';

interface Done {
  readonly statement: StatementState | null;
  readonly stays: readonly string[];
}

export function SuspendPage() {
  return <PutOutPage what="suspend" />;
}

export function ErasePage() {
  return <PutOutPage what="erase" />;
}

function PutOutPage({ what }: { what: What }) {
  const { t } = useTranslation();
  const { user } = useParams({ strict: false });
  const query = useUser(user ?? '');
  // An erased person is unknown at once; what was done stays on the page.
  const [done, setDone] = useState<Done>();
  return (
    <Page title={t(`admin.${what}.title`)}>
      {done === undefined ? (
        <QueryView query={query} unknown={<UnknownPerson />}>
          {(person) => <Ask what={what} person={person} onDone={setDone} />}
        </QueryView>
      ) : (
        <Outcome what={what} done={done} />
      )}
    </Page>
  );
}

interface AskProps {
  readonly what: What;
  readonly person: Result<'admin_user'>;
  onDone(done: Done): void;
}

function Ask({ what, person, onDone }: AskProps) {
  const { t } = useTranslation();
  const { client } = useNode();
  const { user, name, displayName } = person;
  const act = useFormAct();
  const state = useFormState();
  const [reason, setReason] = useState('');
  const submit = async () => {
    if (reason.trim() === '') return [{ field: 'put-out-reason', words: t('admin.reasonMissing') }];
    const params = { user, reason: reason.trim() };
    return act(async () => {
      const done: Done =
        what === 'erase'
          ? await client.call('admin_erase', params)
          : { ...(await client.call('admin_suspend', params)), stays: [] };
      onDone(done);
    });
  };
  return (
    <div className={classes.part}>
      <NeedsFactor />
      <Facts
        facts={[
          {
            label: t('admin.whom'),
            value: (
              <>
                <bdi>{displayName}</bdi> (<bdi>{name}</bdi>)
              </>
            ),
          },
          { label: t('admin.reach'), value: t(`admin.${what}.reach`) },
          { label: t('admin.for'), value: t(`admin.${what}.for`) },
        ]}
      />
      <Text>{t(`admin.${what}.text`)}</Text>
      <Form state={state} onSubmit={submit} label={t(`admin.${what}.title`)}>
        <ReasonField
          id="put-out-reason"
          hint={t('admin.reasonHint')}
          value={reason}
          onChange={setReason}
          error={state.wrong('put-out-reason')}
        />
        <Actions>
          <Button type="submit" size="md" color={what === 'erase' ? 'red' : undefined} loading={state.busy}>
            {t(`admin.${what}.submit`)}
          </Button>
          <ButtonLink to="/admin/users/$user" params={{ user }} size="md">
            {t('form.cancel')}
          </ButtonLink>
        </Actions>
      </Form>
    </div>
  );
}

function Sent({ statement }: { statement: StatementState }) {
  const { t } = useTranslation();
  const { status } = useReached(statement);
  return <p>{t('admin.sent', { status: t(`admin.reached.${status}`) })}</p>;
}

function Outcome({ what, done: { statement, stays } }: { what: What; done: Done }) {
  const { t } = useTranslation();
  return (
    <Notice title={t(`admin.${what}.done`)}>
      {statement === null ? null : <Sent statement={statement} />}
      {stays.length === 0 ? null : (
        <>
          <p>{t('admin.erase.stays')}</p>
          <ul>
            {stays.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </>
      )}
      <ButtonLink to="/admin/users">{t('admin.user.toList')}</ButtonLink>
    </Notice>
  );
}

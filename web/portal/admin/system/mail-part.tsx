// Mails of this clinic: whether they get through, what was given up and why, and a mail to try it.
import { Button, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { Actions, Form, useFormState } from '../../../shared/form/form.tsx';
import { looksLikeMail } from '../../../shared/form/mail-address.ts';
import { Said } from '../../../shared/form/said.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import type { Column } from '../../../shared/table/columns.ts';
import { DataTable } from '../../../shared/table/data-table.tsx';
import { numberText } from '../../../shared/text/numbers.ts';
import { Moment, MomentHeader } from '../../../shared/time/moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import classes from '../parts/admin.module.css';
import { useFormAct } from '../parts/use-form-act.ts';

type Mail = Result<'admin_mail'>;

const EVERY_MS = 10_000;

export function MailPart() {
  const { t } = useTranslation();
  const { client } = useNode();
  const query = useQuery({
    queryKey: ['admin', 'mail'],
    queryFn: ({ signal }) => client.call('admin_mail', {}, signal),
    refetchInterval: EVERY_MS,
    staleTime: 0,
  });
  return (
    <QueryView query={query} rows={2}>
      {(mail) =>
        mail.configured ? (
          <Configured mail={mail} />
        ) : (
          <Notice title={t('admin.mail.off')} live={false}>
            <p>{t('admin.mail.offText')}</p>
          </Notice>
        )
      }
    </QueryView>
  );
}

function Configured({ mail: { waiting, outage, failed } }: { mail: Mail }) {
  const { t } = useTranslation();
  const when = t('admin.mail.failed');
  const columns: Column<Mail['failed'][number]>[] = [
    { name: t('admin.mail.to'), wrap: true, cell: ({ to }) => <bdi>{to}</bdi> },
    { name: t('admin.mail.what'), cell: ({ kind }) => t(`admin.mail.kinds.${kind}`) },
    { name: when, header: <MomentHeader age={when} time={when} />, cell: ({ failed: at }) => <Moment time={at} /> },
    { name: t('admin.reason'), wrap: true, cell: ({ reason }) => reason },
  ];
  return (
    <div className={classes.lines}>
      <Facts
        facts={[
          { label: t('admin.mail.state'), value: outage === null ? t('admin.mail.through') : outage },
          { label: t('admin.mail.waiting'), value: numberText(waiting) },
        ]}
      />
      {failed.length === 0 ? (
        <Text c="dimmed">{t('admin.mail.noneFailed')}</Text>
      ) : (
        <DataTable
          caption={t('admin.mail.givenUp')}
          columns={columns}
          rows={failed}
          rowKey={({ to, made, kind }) => `${to} ${made} ${kind}`}
        />
      )}
      <TestMail />
    </div>
  );
}

function TestMail() {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useFormAct();
  const state = useFormState();
  const [to, setTo] = useState('');
  const [done, setDone] = useState<string>();
  const submit = async () => {
    setDone(undefined);
    if (!looksLikeMail(to.trim())) return [{ field: 'test-mail', words: t('register.emailWrong') }];
    return act(async () => {
      await client.call('admin_mailTest', { to: to.trim() });
      setDone(t('admin.mail.queued'));
    });
  };
  return (
    <Form state={state} onSubmit={submit} label={t('admin.mail.test')}>
      <TextInput
        id="test-mail"
        label={t('admin.mail.testTo')}
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
        error={state.wrong('test-mail')}
        type="email"
        maxLength={254}
        autoComplete="off"
        size="md"
      />
      <Actions>
        <Button type="submit" loading={state.busy}>
          {t('admin.mail.test')}
        </Button>
      </Actions>
      <Said said={done === undefined ? undefined : { words: done, failed: false }} />
    </Form>
  );
}

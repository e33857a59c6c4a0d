// Ends a key of an application: a page of its own, since whatever uses the key stops at once.
import { Button } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiKeyView } from '../../../../rpc/schema/apikey.ts';
import { Actions, Form, useFormState } from '../../../shared/form/form.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { Moment } from '../../../shared/time/moment.tsx';
import { Facts } from '../../../shared/ui/facts.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import classes from '../parts/admin.module.css';
import { NeedsFactor } from '../parts/needs-factor.tsx';
import { useFormAct } from '../parts/use-form-act.ts';
import { useApiKeys } from './use-api-keys.ts';
import '../../../shared/text/en/admin.ts';

const route = getRouteApi('/person/administrators/admin/api-keys/$key');

export function EndKeyPage() {
  const { t } = useTranslation();
  const { key: id } = route.useParams();
  const query = useApiKeys();
  const [ended, setEnded] = useState(false);
  return (
    <Page title={t('admin.keys.endTitle')}>
      <QueryView query={query}>
        {({ keys }) => {
          const key = keys.find((one) => one.id === id && one.state === 'active');
          if (ended) return <Over title={t('admin.keys.over')} />;
          return key === undefined ? (
            <Over title={t('admin.keys.unknown')} />
          ) : (
            <Ask apiKey={key} onDone={() => setEnded(true)} />
          );
        }}
      </QueryView>
    </Page>
  );
}

function Ask({ apiKey: { id, name, lastUsed }, onDone }: { apiKey: ApiKeyView; onDone: () => void }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useFormAct();
  const state = useFormState();
  const end = () =>
    act(async () => {
      await client.call('apikey_revoke', { id });
      onDone();
    });
  return (
    <div className={classes.part}>
      <NeedsFactor />
      <Facts
        facts={[
          { label: t('admin.name'), value: <bdi>{name}</bdi> },
          {
            label: t('admin.keys.lastUsed'),
            value: lastUsed === null ? t('admin.never') : <Moment time={lastUsed} />,
          },
          { label: t('admin.reach'), value: t('admin.keys.endReach') },
          { label: t('admin.for'), value: t('admin.keys.endFor') },
        ]}
      />
      <Form state={state} onSubmit={end} label={t('admin.keys.endTitle')}>
        <Actions>
          <Button type="submit" size="md" loading={state.busy}>
            {t('admin.keys.endTitle')}
          </Button>
          <ButtonLink to="/admin/api-keys" size="md">
            {t('form.cancel')}
          </ButtonLink>
        </Actions>
      </Form>
    </div>
  );
}

function Over({ title }: { title: string }) {
  const { t } = useTranslation();
  return (
    <Notice title={title}>
      <ButtonLink to="/admin/api-keys">{t('admin.keys.toList')}</ButtonLink>
    </Notice>
  );
}

// Keys with which applications call this clinic: made, shown once, turned, ended.
import { Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { QueryView } from '../../../shared/ui/query-view.tsx';
import { NeedsFactor } from '../parts/needs-factor.tsx';
import { ShownOnce } from '../parts/shown-once.tsx';
import { KeyForm } from './key-form.tsx';
import { KeyTable } from './key-table.tsx';
import { useApiKeys } from './use-api-keys.ts';
import '../../../shared/text/en/account.ts';
import '../../../shared/text/en/admin.ts';

type Made = Result<'apikey_create'>;

export function ApiKeysPage() {
  const { t } = useTranslation();
  const query = useApiKeys();
  const [made, setMade] = useState<Made>();
  return (
    <Page title={t('nav.apiKeys')} intro={t('admin.keys.intro')}>
      {made === undefined ? null : (
        <ShownOnce
          title={t('admin.keys.secretOf', { name: made.key.name })}
          text={t('admin.keys.secretText')}
          label={t('admin.keys.secret')}
          value={made.secret}
          onDone={() => setMade(undefined)}
        />
      )}
      <QueryView query={query}>
        {({ keys, scopes }) => (
          <>
            {keys.length === 0 ? (
              <Text c="dimmed">{t('admin.keys.none')}</Text>
            ) : (
              <KeyTable keys={keys} onRotated={setMade} />
            )}
            <Section title={t('admin.keys.new')}>
              <NeedsFactor />
              {/* A new form after each key. */}
              <KeyForm key={made?.key.id} scopes={scopes} onMade={setMade} />
            </Section>
          </>
        )}
      </QueryView>
    </Page>
  );
}

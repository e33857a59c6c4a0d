// All records of the patient, by category and time; what the clinic cannot open is opened in this browser.
import { Button, Text } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { MyRecord } from '../../../../rpc/schema/me.ts';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { category as categories } from '../../../../rpc/schema/record.ts';
import { Said } from '../../../shared/form/said.tsx';
import { useAction } from '../../../shared/form/use-action.ts';
import { useVault } from '../../../shared/session/session-context.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { useUnlock } from '../../../shared/vault/unlock.tsx';
import { NoMatch } from '../../parts/no-match.tsx';
import { Pick } from '../../parts/pick.tsx';
import classes from '../parts/me.module.css';
import { MyView } from '../parts/my-page.tsx';
import { useMyRecords } from '../parts/use-mine.ts';
import { placeName } from '../parts/words.ts';
import { RecordTable } from './record-table.tsx';
import '../../../shared/text/en/account.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/me.ts';

const route = getRouteApi('/person/patients/me/records');

export function RecordsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = route.useSearch();
  const category = categories.options.find((one) => one === search.category);
  const query = useMyRecords(category);
  const show = (chosen: MyRecord['category'] | undefined) =>
    void navigate({ to: '/me/records', search: { category: chosen }, replace: true });
  return (
    <Page title={t('nav.myRecords')} intro={t('me.records.intro')}>
      <div className={classes.filters}>
        <Pick
          id="records-category"
          label={t('me.records.category')}
          none={t('me.records.all')}
          value={category}
          options={Object.fromEntries(categories.options.map((one) => [one, t(`care.categories.${one}`)])) as never}
          onChange={show}
        />
        <div>
          <ButtonLink to="/me/upload" variant="filled" size="md">
            {t('me.upload.title')}
          </ButtonLink>
        </div>
      </div>
      <MyView query={query} rows={8}>
        {({ records, branches }) => (
          <>
            <Elsewhere branches={branches} />
            {records.length > 0 ? (
              <>
                <OpenVault records={records} />
                <RecordTable caption={t('me.records.count', { count: records.length })} records={records} />
              </>
            ) : category === undefined ? (
              <Notice title={t('me.records.none')}>
                <p>{t('me.records.noneText')}</p>
              </Notice>
            ) : (
              <NoMatch onClear={() => show(undefined)} />
            )}
          </>
        )}
      </MyView>
    </Page>
  );
}

/** Whose records are missing here. */
function Elsewhere({ branches }: Pick<Result<'me_records'>, 'branches'>) {
  const { t } = useTranslation();
  return branches.map(({ state, ...place }) =>
    state === 'open' ? null : (
      <Text key={place.clinic}>{t(`me.records.elsewhere.${state}`, { clinic: placeName(t, place) })}</Text>
    ),
  );
}

/** Only where something is sealed and the vault is closed. */
function OpenVault({ records }: { records: readonly MyRecord[] }) {
  const { t } = useTranslation();
  const open = useVault();
  const unlock = useUnlock();
  const action = useAction();
  const sealed = records.filter(({ mode }) => mode === 'vault').length;
  if (sealed === 0 || open !== undefined) return null;
  return (
    <div className={`${classes.part} ${classes.above}`}>
      <Text>{t('me.records.sealedText', { count: sealed })}</Text>
      <div>
        <Button variant="default" loading={action.busy} onClick={() => void action.run(unlock)}>
          {t('unlock.title')}
        </Button>
      </div>
      <Said said={action.said} />
    </div>
  );
}

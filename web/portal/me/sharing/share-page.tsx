// Sharing without having been asked: with whom, which categories, until when. The patient's own key says so.
import { Button, Checkbox } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../../common/errors.ts';
import type { MyRecord, ShareTo } from '../../../../rpc/schema/me.ts';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { category as categories } from '../../../../rpc/schema/record.ts';
import { membersQuery } from '../../../explorer/data/queries.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { CANCELLED } from '../../../shared/form/use-action.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { failureText } from '../../../shared/text/errors.ts';
import { longDayText } from '../../../shared/time/format.ts';
import { useTimePreferences } from '../../../shared/time/preferences.tsx';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { Pick } from '../../parts/pick.tsx';
import { typedDay, untilOf } from '../../parts/until.ts';
import { UntilField } from '../../parts/until-field.tsx';
import classes from '../parts/me.module.css';
import { MyView, NotAttached } from '../parts/my-page.tsx';
import { useApplications, useMySharing, useSummary } from '../parts/use-mine.ts';
import { useOwnVault, useReread } from '../parts/use-own-vault.ts';
import { categoryNames, whyText } from '../parts/words.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/me.ts';

type Category = Exclude<MyRecord['category'], 'consent'>;
type Readers = 'all' | 'doctor' | 'nurse';
type Effect = 'permit' | 'deny';

const CATEGORIES = categories.exclude(['consent']).options;
const FIRST_CATEGORY = `share-${CATEGORIES[0]}`;
/** Half a year is offered; any day can be typed. */
const OFFERED_MS = 182 * 86_400_000;

const route = getRouteApi('/person/patients/me/sharing/new');

export function SharePage() {
  const { t } = useTranslation();
  const query = useSummary();
  const [said, setSaid] = useState<SaidWords>();
  return (
    <Page title={t('me.sharing.newTitle')} intro={t('me.sharing.newIntro')}>
      <MyView query={query}>
        {({ attached }) =>
          !attached ? <NotAttached /> : said === undefined ? <ShareForm onShared={setSaid} /> : <Shared said={said} />
        }
      </MyView>
    </Page>
  );
}

interface SaidWords {
  readonly title: string;
  readonly words: string;
}

function ShareForm({ onShared }: { onShared: (said: SaidWords) => void }) {
  const { t } = useTranslation();
  const { client, nodeClock } = useNode();
  const { zone } = useTimePreferences();
  const state = useFormState();
  const withVault = useOwnVault();
  const reread = useReread();
  const known = useQuery(membersQuery(client)).data?.members ?? [];
  const members = known.filter(({ status }) => status === 'active');
  const applications = useApplications().data?.applications ?? [];
  const search = route.useSearch();
  const [clinic, setClinic] = useState<string>();
  const [readers, setReaders] = useState<Readers | undefined>('all');
  const [chosen, setChosen] = useState<readonly Category[]>(CATEGORIES.filter((one) => one === search.category));
  const [day, setDay] = useState(() => typedDay(nodeClock.now() + OFFERED_MS));
  const takenOver = useMySharing().data?.takenOver === true;
  const [effect = 'permit', setEffect] = useState<Effect>();
  const submit = async () => {
    const member = members.find(({ number }) => String(number) === clinic);
    const program = applications.find(({ application }) => application === clinic);
    const until = untilOf(day, nodeClock.now());
    const found: Mistake[] = [];
    if (member === undefined && program === undefined) {
      found.push({ field: 'share-clinic', words: t('me.sharing.clinicMissing') });
    }
    if (readers === undefined && program === undefined)
      found.push({ field: 'share-readers', words: t('me.sharing.readersMissing') });
    if (chosen.length === 0) found.push({ field: FIRST_CATEGORY, words: t('me.sharing.categoryMissing') });
    if (until === undefined) found.push({ field: 'share-until', words: t('admin.untilWrong') });
    const to = program === undefined ? toClinic(member, readers) : toApplication(program);
    if (to === undefined || until === undefined || found.length > 0) return found;
    try {
      const share = { effect, to, categories: [...chosen], purposes: ['TREAT' as const], until };
      await withVault((records, rpc, vault) => records.shareWith(rpc, vault, share));
      await reread();
      if (effect === 'deny')
        onShared({ title: t('me.sharing.shut'), words: t('me.sharing.shutOut', { what: categoryNames(t, chosen) }) });
      else
        onShared({
          title: t('me.sharing.shared'),
          words: t('me.sharing.can', {
            who: program?.name ?? t(`me.sharing.readersAt.${readers ?? 'all'}`, { place: member?.name ?? '' }),
            what: categoryNames(t, chosen),
            until: longDayText(until, zone),
            why: whyText(t, ['TREAT']),
          }),
        });
      return undefined;
    } catch (error) {
      return codeOf(error) === CANCELLED ? undefined : [{ words: failureText(error) }];
    }
  };
  return (
    <Form state={state} onSubmit={submit} label={t('me.sharing.newTitle')}>
      {takenOver ? (
        <Pick<Effect>
          id="share-effect"
          label={t('me.sharing.effect')}
          none={t('admin.choose')}
          value={effect}
          options={{ permit: t('me.sharing.effects.permit'), deny: t('me.sharing.effects.deny') }}
          onChange={setEffect}
        />
      ) : null}
      <Pick
        id="share-clinic"
        label={t('me.sharing.atClinic')}
        none={t('admin.choose')}
        value={clinic}
        options={Object.fromEntries([
          ...members.map(({ number, name }) => [String(number), name]),
          ...applications.map(({ application, name }) => [application, t('me.sharing.applicationChoice', { name })]),
        ])}
        onChange={setClinic}
        error={state.wrong('share-clinic')}
      />
      {!applications.some(({ application }) => application === clinic) && (
        <Pick<Readers>
          id="share-readers"
          label={t('me.sharing.readers')}
          none={t('admin.choose')}
          value={readers}
          options={{
            all: t('me.sharing.readersChoice.all'),
            doctor: t('me.sharing.readersChoice.doctor'),
            nurse: t('me.sharing.readersChoice.nurse'),
          }}
          onChange={setReaders}
          error={state.wrong('share-readers')}
        />
      )}
      <Checkbox.Group
        label={t('me.sharing.whichCategories')}
        value={[...chosen]}
        onChange={(values) => setChosen(values as Category[])}
        error={state.wrong(FIRST_CATEGORY)}
        size="md"
      >
        <div className={classes.choices}>
          {CATEGORIES.map((one) => (
            <Checkbox key={one} id={`share-${one}`} value={one} label={t(`care.categories.${one}`)} size="md" />
          ))}
        </div>
      </Checkbox.Group>
      <UntilField
        id="share-until"
        label={t('admin.until')}
        value={day}
        onChange={setDay}
        error={state.wrong('share-until')}
      />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('me.sharing.submit')}
        </Button>
        <ButtonLink to="/me/sharing" size="md">
          {t('form.cancel')}
        </ButtonLink>
      </Actions>
    </Form>
  );
}

function toClinic(member: { readonly number: number } | undefined, readers: Readers | undefined): ShareTo | undefined {
  if (member === undefined || readers === undefined) return undefined;
  return readers === 'all' ? { clinic: member.number } : { role: readers, at: member.number };
}

/** All that its clinic registered it for: the categories below narrow it. */
function toApplication({ application, scopes }: Result<'me_applications'>['applications'][number]): ShareTo {
  return { application, scopes };
}

function Shared({ said: { title, words } }: { said: SaidWords }) {
  const { t } = useTranslation();
  return (
    <div className={classes.part}>
      <Notice title={title}>
        <p>{words}</p>
        <ButtonLink to="/me/sharing">{t('me.requests.toSharing')}</ButtonLink>
      </Notice>
    </div>
  );
}

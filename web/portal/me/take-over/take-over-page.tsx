// Who decides about the patient's records: taking over what clinics keep, how far that is, and objecting where somebody else does.
import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Said } from '../../../shared/form/said.tsx';
import { useAction } from '../../../shared/form/use-action.ts';
import { LongDay } from '../../../shared/time/long-moment.tsx';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { useUnlock } from '../../../shared/vault/unlock.tsx';
import classes from '../parts/me.module.css';
import { MyView } from '../parts/my-page.tsx';
import { BeginForm } from './begin-form.tsx';
import { OtherTakeOver } from './other-take-over.tsx';
import { OwnTakeOver } from './own-take-over.tsx';
import { type MyTakeOvers, useMyTakeOvers, useOwnTakeOvers } from './use-my-take-overs.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/carers.ts';
import '../../../shared/text/en/me.ts';
import '../../../shared/text/en/take-over.ts';

export function TakeOverPage() {
  const { t } = useTranslation();
  const query = useMyTakeOvers();
  return (
    <Page title={t('takeOver.title')} intro={t('takeOver.intro')}>
      <MyView query={query}>{(known) => <TakeOvers known={known} />}</MyView>
    </Page>
  );
}

function TakeOvers({ known }: { known: MyTakeOvers }) {
  const { t } = useTranslation();
  const { handle, authority, takeOvers, more, mayDecide } = known;
  const hers = useOwnTakeOvers(handle);
  const isOwn = ({ key }: { key: string }) => hers?.keys.includes(key) === true;
  const open = takeOvers.filter(({ state }) => state === 'open');
  const own = hers?.takeOvers.filter(({ state }) => state === 'open') ?? [];
  const others = open.filter((one) => !isOwn(one));
  // Without the vault hers and somebody else's look alike.
  const isKnown = hers !== undefined || (open.length === 0 && authority === null);
  const decides = authority !== null && isOwn(authority);
  /** No two parts of a page have one name. */
  const named = (title: string, index: number, { length }: readonly unknown[]) =>
    length === 1 ? title : t('takeOver.numbered', { title, number: index + 1, total: length });
  return (
    <>
      <div className={classes.part}>
        <Text>
          {authority === null ? (
            t('takeOver.clinicDecides')
          ) : (
            <>
              {t(decides ? 'takeOver.youDecide' : 'takeOver.keyDecides')} <LongDay time={authority.since} />
            </>
          )}
        </Text>
        {isKnown ? null : <Whose />}
      </div>
      {own.map((one, index) => (
        <Section key={one.takeOver} title={named(t('takeOver.yours'), index, own)}>
          <OwnTakeOver known={known} takeOver={one} />
        </Section>
      ))}
      {others.map((one, index) => (
        <Section
          key={one.takeOver}
          title={named(t(hers === undefined ? 'takeOver.running' : 'takeOver.somebodys'), index, others)}
        >
          <OtherTakeOver takeOver={one} mayObject={mayDecide} />
        </Section>
      ))}
      {more ? <Text>{t('takeOver.more')}</Text> : null}
      {mayDecide && isKnown && own.every(({ objections, outvoted }) => objections > 0 && !outvoted) && !decides ? (
        <Section title={t('takeOver.begin')}>
          <BeginForm known={known} />
        </Section>
      ) : null}
    </>
  );
}

function Whose() {
  const { t } = useTranslation();
  const unlock = useUnlock();
  const action = useAction();
  return (
    <>
      <Text c="dimmed">{t('takeOver.whose')}</Text>
      <div>
        <Button variant="default" size="md" loading={action.busy} onClick={() => void action.run(unlock)}>
          {t('takeOver.openVault')}
        </Button>
      </div>
      <Said said={action.said} />
    </>
  );
}

// Everything that the clinic wrote about the patient, as one file that is locked in this browser.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { MyView, NotAttached } from '../parts/my-page.tsx';
import { useSummary } from '../parts/use-mine.ts';
import { HowToOpen } from './how-to-open.tsx';
import { LockForm } from './lock-form.tsx';
import type { MadeTakeout } from './make-takeout.ts';
import { TakeoutReady } from './takeout-ready.tsx';
import '../../../shared/text/en/me.ts';
import '../../../shared/text/en/own-data.ts';
import '../../../shared/text/en/sign-in.ts';

export function TakeoutPage() {
  const { t } = useTranslation();
  const query = useSummary();
  const [made, setMade] = useState<MadeTakeout>();
  return (
    <Page title={t('takeout.title')} intro={t('takeout.intro')}>
      <MyView query={query}>
        {({ attached }) =>
          !attached ? (
            <NotAttached />
          ) : (
            <>
              {made === undefined ? (
                <LockForm onMade={setMade} />
              ) : (
                <TakeoutReady made={made} onAnother={() => setMade(undefined)} />
              )}
              <Section title={t('takeout.opening')}>
                <HowToOpen />
              </Section>
            </>
          )
        }
      </MyView>
    </Page>
  );
}

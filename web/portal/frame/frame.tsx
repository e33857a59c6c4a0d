// The one frame around every page: skip link, header, sections, banners, main, bar on phones, warning before the session ends.
import { Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import classes from './frame.module.css';
import { Header } from './header.tsx';
import { OfflineBanner } from './offline-banner.tsx';
import { PhoneBar } from './phone-bar.tsx';
import { SideNav } from './side-nav.tsx';
import { StillThere } from './still-there.tsx';
import { SyncBar } from './sync-bar.tsx';

export function Frame() {
  const { t } = useTranslation();
  return (
    <div className={classes.shell}>
      <a href="#main" className={classes.skip}>
        {t('frame.skip')}
      </a>
      <Header />
      <OfflineBanner />
      <SyncBar />
      <div className={classes.body}>
        <SideNav />
        <main id="main" tabIndex={-1} className={classes.main}>
          <Outlet />
        </main>
      </div>
      <PhoneBar />
      <StillThere />
    </div>
  );
}

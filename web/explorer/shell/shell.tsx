// The frame around every page of the explorer: skip link, header, sections, banner, main, bar on phones.
import { Outlet } from '@tanstack/react-router';
import { Header } from './header.tsx';
import { OfflineBanner } from './offline-banner.tsx';
import { PhoneBar } from './phone-bar.tsx';
import classes from './shell.module.css';
import { SideNav } from './side-nav.tsx';
import { SyncBar } from './sync-bar.tsx';

export function Shell() {
  return (
    <div className={classes.shell}>
      <a href="#main" className={classes.skip}>
        Skip to content
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
    </div>
  );
}

// admin_stats, admin_mail: how the clinic is; and all of admin_* together.
import type { Clock } from '../../common/clock.ts';
import type { Network } from '../../p2p/ports.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { adminMethods } from '../../rpc/schema/admin.ts';
import type { EventReader } from '../access/event-log/reader.ts';
import type { Chain } from '../chain/chain.ts';
import type { DataPaths } from '../data-directory.ts';
import type { Mail } from '../mail/assemble.ts';
import { isMailAddress } from '../mail/queued-mail.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { People } from '../people/people.ts';
import { VERSION } from '../version.ts';
import { AdminError } from './admin-errors.ts';
import { adminLog } from './admin-log.ts';
import { adminPeople } from './admin-people.ts';
import { type FinalSource, finalRef } from './final-ref.ts';
import { outboxCounts } from './outbox-counts.ts';
import { StorageSizes } from './storage-sizes.ts';

export type AdminHandlers = Pick<Handlers, keyof typeof adminMethods>;

export interface AdminServiceOptions {
  readonly clinic: number;
  readonly paths: DataPaths;
  /** Where the pages are. */
  site(): string;
}

export interface AdminServiceModules {
  readonly people: People;
  readonly events: EventReader;
  readonly mail: Mail;
  readonly chain: Chain;
  readonly finality: FinalSource;
  readonly network: Network;
  readonly outbox: Outbox;
  readonly clock: Clock;
}

export function adminService(options: AdminServiceOptions, modules: AdminServiceModules): AdminHandlers {
  const { clinic, paths, site } = options;
  const { people, events, mail, chain, finality, network, outbox, clock } = modules;
  const startedTick = clock.monotonic();
  const sizes = new StorageSizes(paths, { clock });
  return {
    ...adminPeople({ clinic, firstAdministrator: paths.firstAdministrator, site }, { people, events, mail, clock }),
    ...adminLog({ clinic }, { events }),
    admin_stats: async () => {
      const { height } = chain.tip.header;
      const final = finalRef(finality.finalised).height;
      const { waiting, failed } = mail.status;
      return {
        users: people.users.counts(),
        sessions: people.sessions.size,
        chain: { height, final, lag: Math.max(0, height - final) },
        peers: { connected: network.peers().length, members: chain.members.size },
        storage: await sizes.all(),
        outbox: outboxCounts(outbox),
        mail: { configured: mail.configured, waiting, failed: failed.length },
        uptimeMs: Math.floor(clock.monotonic() - startedTick),
        version: VERSION,
        memoryBytes: process.memoryUsage.rss(),
      };
    },
    admin_mail: async () => {
      const { waiting, failed, outage } = mail.status;
      return {
        ...{ configured: mail.configured, waiting, outage },
        failed: failed.map(({ kind, to, made, failed: at, reason }) => ({ kind, to, made, failed: at, reason })),
      };
    },
    admin_mailTest: async ({ to }) => {
      if (!mail.configured) throw new AdminError({ code: 'mail.off' });
      if (!isMailAddress(to)) throw new AdminError({ code: 'mail.address' });
      await mail.send('test', { address: to }, {});
      return { queued: true };
    },
  };
}

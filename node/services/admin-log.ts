// admin_accessLog and its check: the clinic's event log at the doors.
import type { Handlers } from '../../rpc/ports.ts';
import type { Result } from '../../rpc/schema/methods.ts';
import type { EventReader, EventView } from '../access/event-log/reader.ts';

export type AdminLogHandlers = Pick<Handlers, 'admin_accessLog' | 'admin_accessLogCheck'>;

export function adminLog({ clinic }: { clinic: number }, { events }: { events: EventReader }): AdminLogHandlers {
  return {
    admin_accessLog: async ({ from, to, user, outcome, method, object, limit, after }) => {
      const filter = { from, to, actor: user, outcome, method, object };
      const { entries, next } = await events.list(filter, limit, after);
      return { entries: entries.map((entry) => logView(entry, clinic)), next };
    },
    admin_accessLogCheck: async () => {
      const { first, entries, signed, broken } = await events.check();
      return { first, entries, signed, broken };
    },
  };
}

export function logView(entry: EventView, clinic: number): Result<'admin_accessLog'>['entries'][number] {
  const { number, time, kind, actor, name, roles, method, object, outcome, code, address, times } = entry;
  return {
    ...{ number, time, kind, user: actor, who: name, roles: [...roles], action: method },
    ...{ object, outcome, code, address, clinic, times },
  };
}

// Answers what was logged about a ticket: to the clinic that signed it alone (PROTOCOL 12.5).
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { ClinicAccessEvents } from './access-events.ts';
import type { Anchors } from './anchors.ts';
import { AUDIT, encodeAuditAnswer } from './wire.ts';

export interface ServeAuditModules {
  readonly network: Pick<Network, 'serve'>;
  readonly members: Pick<MemberSets, 'current'>;
  readonly events: Pick<ClinicAccessEvents, 'ofTicket'>;
  readonly anchors: Pick<Anchors, 'prove'>;
}

const TICKET_BYTES = 32;

export function serveAudit({ network, members, events, anchors }: ServeAuditModules): void {
  network.serve(AUDIT, async function* (from, ticket) {
    if (ticket.length !== TICKET_BYTES) throw new ProtocolError({ code: 'p2p.bad-request', reason: 'audit.ticket' });
    const member = members.current.clinics.find(({ nodeKey }) => peerIdOf(nodeKey) === from);
    if (member === undefined) throw new ProtocolError({ code: 'p2p.unavailable', reason: 'not-admitted' });
    const kept = await events.ofTicket(ticket);
    // of a ticket that another clinic signed nothing is told
    if (kept === undefined || kept.event.clinic !== member.number) {
      yield encodeAuditAnswer({ type: 'none' });
      return;
    }
    const proof = await anchors.prove(kept.event.number);
    yield encodeAuditAnswer(proof === undefined ? { type: 'logged', event: kept.signed } : { type: 'anchored', proof });
  });
}

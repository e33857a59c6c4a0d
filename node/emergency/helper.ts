// Helps other clinics to open a patient's records in an emergency, and this clinic itself with its own share: after every
// check, with partial decryptions of the points that it finds in its own rows of that patient, and of no other.

import { equalBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Element } from '../../common/crypto/group.ts';
import { codeOf } from '../../common/errors.ts';
import { mapInSlices } from '../../common/in-slices.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import { type Escrow, soundPoint } from '../../records/emergency/escrow.ts';
import { MAX_PARTIALS, partialsOf } from '../../records/emergency/partials.ts';
import { emergencyObject, type SignedEmergency, verifyEmergency } from '../../records/emergency/request.ts';
import type { Shares } from '../ceremony/shares.ts';
import type { MemberSets } from '../members/member-sets.ts';
import { type EmergencyBook, laterEnd } from './book.ts';
import type { Escrows } from './escrows.ts';
import { EMERGENCY_ROLES, type EmergencyPorts } from './ports.ts';
import {
  decodeEmergencyMessage,
  EMERGENCY,
  type EmergencyAnswer,
  type EmergencyEnd,
  type EmergencyFault,
  encodeEmergencyAnswer,
} from './wire.ts';

/** Clocks of clinics may differ by this much, ms. */
const SKEW_MS = 2 * 60_000;
/** Emergencies of one clinic a day that another helps with. */
export const MAX_EMERGENCIES_PER_DAY = 100;
const DAY_MS = 86_400_000;
/** Fewer characters are no reason. */
export const MIN_EMERGENCY_TEXT = 10;

export interface EmergencyTimes {
  /** How long one is open, ms. */
  readonly openMs: number;
  /** When its review is due, ms after it was opened. */
  readonly reviewMs: number;
  /** How long a second factor counts before one is opened, ms. */
  readonly factorMs: number;
}

export interface HelperOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly times: EmergencyTimes;
}

export interface HelperModules {
  readonly book: EmergencyBook;
  readonly escrows: Escrows;
  readonly shares: Shares;
  readonly members: Pick<MemberSets, 'current'>;
  readonly network: Pick<Network, 'serve'>;
  readonly ports: EmergencyPorts;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Something became known or changed here. */
  onKnown(object: Uint8Array): void;
}

export class EmergencyHelper {
  private readonly options: HelperOptions;
  private readonly modules: HelperModules;

  constructor(options: HelperOptions, modules: HelperModules) {
    this.options = options;
    this.modules = modules;
    modules.network.serve(EMERGENCY, (from, request) => this.serve(from, request));
  }

  /** The one decision about help, for others and for this clinic itself. */
  async help(emergency: SignedEmergency): Promise<EmergencyAnswer> {
    const { ports, logger } = this.modules;
    const fault = (await this.fault(emergency)) ?? (await this.notNow(emergency));
    const answer = fault === undefined ? await this.partials(emergency) : refused(fault);
    const { request } = emergency;
    const object = emergencyObject(request);
    await ports.audit({
      ...{ action: 'emergency-help', object, request },
      ...(answer.type === 'refused'
        ? { outcome: 'refused', reason: answer.fault }
        : { outcome: 'permitted', reason: request.reason }),
    });
    if (answer.type === 'refused')
      logger.warn({ clinic: request.clinic, reason: answer.fault }, 'no help in an emergency');
    if (fault === undefined) await this.learn(emergency, { closed: 0, review: undefined });
    return answer;
  }

  private async *serve(from: string, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    const message = decodeEmergencyMessage(bytes);
    const member = this.modules.members.current.clinics.find(({ nodeKey }) => peerIdOf(nodeKey) === from);
    if (member === undefined) throw new ProtocolError({ code: 'p2p.unavailable', reason: 'not-admitted' });
    const { escrows } = this.modules;
    let answer: EmergencyAnswer = { type: 'done' };
    if (message.type === 'escrows') await escrows.take(member.number, message.escrows);
    else if (message.type === 'drop') await escrows.drop({ ...message, clinic: member.number });
    else if (message.emergency.request.clinic !== member.number) answer = refused('clinic');
    else if (message.type === 'help') answer = await this.help(message.emergency);
    else answer = await this.note(message.emergency, message);
    yield encodeEmergencyAnswer(answer);
  }

  /** How one ended. One that may still be used is asked with, so that it is checked as that. */
  private async note(emergency: SignedEmergency, end: EmergencyEnd): Promise<EmergencyAnswer> {
    const fault = await this.fault(emergency);
    if (fault !== undefined) return refused(fault);
    const { book, clock } = this.modules;
    const { request } = emergency;
    if (end.closed === 0 && clock.now() + SKEW_MS < request.ends) return refused('time');
    const isNew = book.get(emergencyObject(request)) === undefined;
    if (isNew && this.isTooMany(request.clinic)) return refused('limit');
    await this.learn(emergency, end);
    return { type: 'done' };
  }

  private isTooMany(clinic: ClinicNumber): boolean {
    const { book, clock } = this.modules;
    return book.countOf(clinic, clock.now() - DAY_MS) >= MAX_EMERGENCIES_PER_DAY;
  }

  /** What makes it no emergency at all, whenever one looks. */
  private async fault(emergency: SignedEmergency): Promise<EmergencyFault | undefined> {
    const { genesisId, times } = this.options;
    const { request } = emergency;
    const member = this.modules.members.current.clinics.find(({ number }) => number === request.clinic);
    if (member === undefined) return 'clinic';
    if (!(await verifyEmergency(emergency, genesisId, member.nodeKey))) return 'signature';
    const { opened, ends, factorAt } = request;
    if (ends <= opened || ends - opened > times.openMs || opened > this.modules.clock.now() + SKEW_MS) return 'time';
    if (factorAt > opened || opened - factorAt > times.factorMs) return 'factor';
    if (!EMERGENCY_ROLES.includes(request.role)) return 'role';
    return [...request.text.trim()].length < MIN_EMERGENCY_TEXT ? 'text' : undefined;
  }

  /** What keeps this clinic from helping now. */
  private async notNow({ request }: SignedEmergency): Promise<EmergencyFault | undefined> {
    const { book, ports, clock } = this.modules;
    const now = clock.now();
    if (now >= request.ends) return 'time';
    const known = book.get(emergencyObject(request));
    if (known !== undefined && !book.isOpen(known, now)) return 'ended';
    if (!(await ports.isFresh())) return 'not-fresh';
    if (!(await ports.roles(request.account, request.clinic)).includes(request.role)) return 'role';
    if (book.overdue(request.account, request.clinic, now, this.options.times.reviewMs) !== undefined) return 'overdue';
    return known === undefined && this.isTooMany(request.clinic) ? 'limit' : undefined;
  }

  private async partials({ request }: SignedEmergency): Promise<EmergencyAnswer> {
    const { shares, escrows, logger } = this.modules;
    const { genesisId, clinic } = this.options;
    const current = shares.current('emergency');
    const share = current && shares.own('emergency', current.generation);
    const holder = current?.holders.find((one) => one.clinic === clinic);
    if (current === undefined || share === undefined || holder === undefined) return refused('no-share');
    // Those under an earlier key wait for their clinic to make them anew: no share of this one opens them.
    const inForce = ({ publicKey }: Escrow): boolean => equalBytes(publicKey, current.publicKey);
    const held = (await escrows.ofPatient(request.handle)).filter(inForce).slice(0, MAX_PARTIALS);
    const points = await mapInSlices(held, (escrow) => soundPoint(escrow, genesisId));
    const sound = held.flatMap((escrow, n): { escrow: Escrow; point: Element }[] => {
      const point = points[n];
      return point === undefined ? [] : [{ escrow, point }];
    });
    if (sound.length < held.length) {
      logger.warn({ count: held.length - sound.length }, 'points whose proof does not hold are not evaluated');
    }
    if (sound.length === 0) return refused('nothing');
    try {
      const context = { genesisId, object: emergencyObject(request) };
      const made = partialsOf(
        sound.map(({ point }) => point),
        share,
        holder.verificationShare,
        context,
      );
      const helped = sound.map(({ escrow }, n) => ({ escrow, value: made.values[n] }));
      return { type: 'partials', generation: current.generation, helped, proof: made.proof };
    } catch (error) {
      logger.error({ code: codeOf(error) }, 'the own share of the emergency key does not fit');
      return refused('no-share');
    }
  }

  private async learn(emergency: SignedEmergency, end: EmergencyEnd): Promise<void> {
    const { book, escrows, clock, onKnown } = this.modules;
    const { request } = emergency;
    const object = emergencyObject(request);
    const isNew = book.get(object) === undefined;
    const own = (await escrows.chartsOf(request.handle)).some(({ clinic }) => clinic === this.options.clinic);
    await book.put(emergency, clock.now(), (known) => {
      const next = laterEnd(known, end) ?? known;
      const untold = own && request.clinic !== this.options.clinic;
      return isNew ? { ...next, rotated: !own, untold } : next;
    });
    onKnown(object);
  }
}

function refused(fault: EmergencyFault): EmergencyAnswer {
  return { type: 'refused', fault };
}

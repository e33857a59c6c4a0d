// Gathers the help that an emergency takes: asks all holders of a share at once, checks each proof, and opens what a threshold
// of them, one of another organisation among them, helped with. Owns no decision about who may ask.

import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Element } from '../../common/crypto/group.ts';
import { codeOf } from '../../common/errors.ts';
import { mapInSlices } from '../../common/in-slices.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { type Escrow, type EscrowName, encodeEscrow, soundPoint } from '../../records/emergency/escrow.ts';
import { combinePartials, verifyPartials } from '../../records/emergency/partials.ts';
import { emergencyObject, type SignedEmergency } from '../../records/emergency/request.ts';
import type { KeyGeneration, Shares } from '../ceremony/shares.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { PeerBlames } from '../peers/blame.ts';
import { EmergencyError } from './errors.ts';
import type { EmergencyHelper } from './helper.ts';
import { decodeEmergencyAnswer, EMERGENCY, type EmergencyAnswer, encodeEmergencyMessage } from './wire.ts';

/** How long a clinic has for its answer: an emergency waits for nobody. */
export const HELP_TIMEOUT_MS = 2_000;

export interface AskingOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
}

export interface AskingModules {
  readonly helper: EmergencyHelper;
  readonly shares: Shares;
  readonly members: Pick<MemberSets, 'current'>;
  readonly network: Pick<Network, 'request'>;
  readonly blames: Pick<PeerBlames, 'blame'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** This clinic knows of the emergency now. */
  onTold(object: Uint8Array, clinic: ClinicNumber): void;
}

/** A category key that was opened. */
export interface OpenedKey extends EscrowName {
  readonly key: Uint8Array;
}

interface Gathered {
  readonly escrow: Escrow;
  readonly parts: { readonly index: number; readonly value: Uint8Array }[];
}

export class EmergencyAsking {
  private readonly options: AskingOptions;
  private readonly modules: AskingModules;

  constructor(options: AskingOptions, modules: AskingModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Throws EmergencyError `no-key`, `nothing`, `too-few`, `one-organisation`. */
  async gather(emergency: SignedEmergency): Promise<OpenedKey[]> {
    const { shares, members } = this.modules;
    const generation = shares.current('emergency');
    if (generation === undefined) throw new EmergencyError({ code: 'emergency.no-key' });
    const { clinics } = members.current;
    const own = clinics.find(({ number }) => number === this.options.clinic)?.organisation;
    const foreigners = clinics.filter(({ organisation }) => organisation !== own).map(({ number }) => number);
    const gathered = new Map<string, Gathered>();
    const refused: string[] = [];
    let helped = 0;
    let foreign = foreigners.length === 0;
    const enough = (): boolean =>
      helped >= generation.threshold &&
      foreign &&
      [...gathered.values()].every(({ parts }) => parts.length >= generation.threshold);
    await new Promise<void>((resolve) => {
      let waiting = clinics.length;
      const ended = (): void => {
        if (--waiting === 0 || enough()) resolve();
      };
      for (const { number } of clinics) {
        this.ask(number, emergency)
          .then(async (answer) => {
            if (answer.type === 'refused') refused.push(answer.fault);
            if (answer.type !== 'partials' || !(await this.add(gathered, generation, number, emergency, answer)))
              return;
            helped++;
            foreign ||= foreigners.includes(number);
          })
          .catch((error) =>
            this.modules.logger.debug({ clinic: number, code: codeOf(error) }, 'no help from this clinic'),
          )
          .finally(ended);
      }
    });
    const ready = [...gathered.values()].filter(({ parts }) => parts.length >= generation.threshold);
    if (ready.length === 0 || helped < generation.threshold) {
      if (helped === 0 && refused.length > 0 && refused.every((fault) => fault === 'nothing')) {
        throw new EmergencyError({ code: 'emergency.nothing' });
      }
      throw new EmergencyError({ code: 'emergency.too-few', helped, needed: generation.threshold, refused });
    }
    if (!foreign) throw new EmergencyError({ code: 'emergency.one-organisation' });
    const keys = ready.flatMap(({ escrow, parts }) => this.open(escrow, parts.slice(0, generation.threshold)) ?? []);
    if (keys.length === 0) throw new EmergencyError({ code: 'emergency.nothing' });
    return keys;
  }

  private async ask(clinic: ClinicNumber, emergency: SignedEmergency): Promise<EmergencyAnswer> {
    const { helper, members, network, clock, onTold } = this.modules;
    if (clinic === this.options.clinic) return helper.help(emergency);
    const member = members.current.clinics.find(({ number }) => number === clinic);
    if (member === undefined) return { type: 'refused', fault: 'clinic' };
    const abort = new AbortController();
    const timer = clock.setTimeout(() => abort.abort(), HELP_TIMEOUT_MS);
    try {
      const message = encodeEmergencyMessage({ type: 'help', emergency });
      const peerId = peerIdOf(member.nodeKey);
      for await (const bytes of network.request(peerId, EMERGENCY.protocol, message, abort.signal)) {
        const answer = decodeEmergencyAnswer(bytes);
        if (answer.type !== 'refused') onTold(emergencyObject(emergency.request), clinic);
        return answer;
      }
      return { type: 'refused', fault: 'nothing' };
    } finally {
      clock.clearTimeout(timer);
    }
  }

  /** False where its proof does not hold, or nothing is under the key in force: then nothing of it counts. */
  private async add(
    gathered: Map<string, Gathered>,
    { generation, holders, publicKey }: KeyGeneration,
    clinic: ClinicNumber,
    { request }: SignedEmergency,
    answer: Extract<EmergencyAnswer, { type: 'partials' }>,
  ): Promise<boolean> {
    const { genesisId } = this.options;
    const holder = holders.find((one) => one.clinic === clinic);
    if (holder === undefined || answer.generation !== generation) return false;
    const points = await mapInSlices(answer.helped, ({ escrow }) => soundPoint(escrow, genesisId));
    const partials = { values: answer.helped.map(({ value }) => value), proof: answer.proof };
    const context = { genesisId, object: emergencyObject(request) };
    const sound = points.every((point): point is Element => point !== undefined);
    if (!sound || !verifyPartials(points, partials, holder.verificationShare, context)) {
      this.blame(clinic);
      return false;
    }
    // One under an earlier key has a sound point too, and no shares of this one open it.
    const meant = answer.helped.filter(({ escrow }) => equalBytes(escrow.publicKey, publicKey));
    for (const { escrow, value } of meant) {
      const name = toHex(encodeEscrow(escrow));
      const known = gathered.get(name) ?? { escrow, parts: [] };
      gathered.set(name, known);
      if (!known.parts.some(({ index }) => index === holder.index)) known.parts.push({ index: holder.index, value });
    }
    return meant.length > 0;
  }

  /** Undefined where its maker sealed something else in it: that clinic's records stay shut, not everybody's. */
  private open(escrow: Escrow, parts: Gathered['parts']): OpenedKey | undefined {
    const { clinic, chart, category, epoch } = escrow;
    const holders = parts.map(({ index, value }) => ({ index, partials: { values: [value] } }));
    try {
      const [key] = combinePartials([escrow], holders, this.options.genesisId);
      return { clinic, chart, category, epoch, key };
    } catch (error) {
      this.modules.logger.warn({ clinic, code: codeOf(error) }, 'an escrow of this clinic does not open');
      return undefined;
    }
  }

  private blame(clinic: ClinicNumber): void {
    const { members, blames } = this.modules;
    const member = members.current.clinics.find(({ number }) => number === clinic);
    if (member === undefined || clinic === this.options.clinic) return;
    void blames.blame(peerIdOf(member.nodeKey), new EmergencyError({ code: 'emergency.wrong-partial', clinic }));
  }
}

// Looks for patients at the other branches of this organisation, and answers them. Who asks is told by the connection, holds a
// role there by the chain, and what was shown of each patient is written down before it leaves. Nobody else is answered.
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { handleOf } from '../../identity/patient/pid.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import type { AccessEvents } from '../audit/ports.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { Directory, Found } from './directory.ts';
import { hasName } from './directory-entry.ts';
import { decodeFind, decodeFound, encodeFind, encodeFound, FIND, type FindRequest } from './find-wire.ts';

/** A branch that does not answer by then is left out, and named. */
const BRANCH_TIMEOUT_MS = 3_000;
/** Who looks for patients, in the order in which somebody with several roles does. */
const SEEKERS: readonly Role[] = ['doctor', 'nurse', 'reception', 'admin'];

/** Who was looked for by name. */
const NOBODY = new Uint8Array(32);

export interface Seeker {
  readonly account: Uint8Array;
  readonly roles: readonly Role[];
}

export interface BranchFound extends Found {
  readonly clinic: ClinicNumber;
}

export interface BranchSearchModules {
  readonly directory: Directory;
  readonly members: Pick<MemberSets, 'current'>;
  readonly network: Pick<Network, 'serve' | 'request' | 'peers'>;
  readonly logger: Logger;
  /** Held at a clinic now, by the chain less what was received and takes away. */
  roles(account: Uint8Array, clinic: ClinicNumber): Promise<readonly { readonly role: Role }[]>;
  events(): Pick<AccessEvents, 'append'>;
  blame(peerId: string, error: unknown): void;
}

export class BranchSearch {
  private readonly clinic: ClinicNumber;
  private readonly modules: BranchSearchModules;

  constructor(options: { readonly clinic: ClinicNumber }, modules: BranchSearchModules) {
    this.clinic = options.clinic;
    this.modules = modules;
    modules.network.serve(FIND, (from, request) => this.serve(from, request));
  }

  /** Every branch at once; `silent`: those that did not answer. A caller without a role here asks nobody. */
  async ask(
    { account, roles }: Seeker,
    sought: FindRequest['sought'],
    signal: AbortSignal,
  ): Promise<{ readonly found: readonly BranchFound[]; readonly silent: readonly ClinicNumber[] }> {
    const role = SEEKERS.find((one) => roles.includes(one));
    const branches = role === undefined ? [] : this.branches();
    const bytes = role === undefined ? new Uint8Array() : encodeFind({ account, role, sought });
    const answers = await Promise.all(branches.map(({ number, peerId }) => this.askOne(number, peerId, bytes, signal)));
    return {
      found: answers.flatMap((answer) => (typeof answer === 'number' ? [] : [answer])),
      silent: answers.filter((answer) => typeof answer === 'number'),
    };
  }

  private async askOne(
    clinic: ClinicNumber,
    peerId: string,
    request: Uint8Array,
    signal: AbortSignal,
  ): Promise<BranchFound | ClinicNumber> {
    const { network, logger, blame } = this.modules;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(BRANCH_TIMEOUT_MS)]);
    try {
      if (!network.peers().some((peer) => peer.peerId === peerId)) return clinic;
      let answer: Found | undefined;
      for await (const chunk of network.request(peerId, FIND.protocol, request, limit)) answer = decodeFound(chunk);
      return answer === undefined ? clinic : { clinic, ...answer };
    } catch (error) {
      logger.debug({ clinic, code: codeOf(error) }, 'a branch was asked for patients in vain');
      if (!limit.aborted) blame(peerId, error);
      return clinic;
    }
  }

  private async *serve(from: string, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    const { account, role, sought } = decodeFind(bytes);
    const { directory, roles, events } = this.modules;
    const branch = this.branches().find(({ peerId }) => peerId === from);
    if (branch === undefined) throw new ProtocolError({ code: 'p2p.unavailable', reason: 'not-admitted' });
    const held = SEEKERS.includes(role) ? await roles(account, branch.number) : [];
    if (!held.some((one) => one.role === role)) {
      await events().append({
        ...{ action: 'list', outcome: 'refused', reason: 'role', purpose: 'TREAT', records: [], grant: undefined },
        ...{ reader: { account, roles: [role], clinic: branch.number }, writer: this.clinic },
        handle: 'handle' in sought ? sought.handle : NOBODY,
      });
      yield encodeFound({ entries: [], more: false });
      return;
    }
    const found = 'handle' in sought ? await this.byHandle(sought.handle) : await directory.search(sought);
    for (const { pid } of found.entries) {
      await events().append({
        ...{ action: 'list', outcome: 'permitted', reason: 'organisation', purpose: 'TREAT', records: [] },
        ...{ reader: { account, roles: [role], clinic: branch.number }, writer: this.clinic },
        ...{ handle: handleOf(pid), grant: undefined },
      });
    }
    yield encodeFound(found);
  }

  private async byHandle(handle: Uint8Array): Promise<Found> {
    const entry = await this.modules.directory.byHandle(handle);
    return { entries: entry !== undefined && hasName(entry) ? [entry] : [], more: false };
  }

  /** The other members of this organisation. */
  private branches(): { readonly number: ClinicNumber; readonly peerId: string }[] {
    const { clinics } = this.modules.members.current;
    const own = clinics.find(({ number }) => number === this.clinic)?.organisation;
    return clinics
      .filter(({ number, organisation }) => number !== this.clinic && organisation === own)
      .map(({ number, nodeKey }) => ({ number, peerId: peerIdOf(nodeKey) }));
  }
}

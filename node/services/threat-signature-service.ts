// threat_signature*: list, propose, confirm, retire. The rules are gateway/signatures and node/threats/signatures.
import { fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { SIGNATURE_FIELDS } from '../../common/threat-names.ts';
import { parseGlob, printGlob } from '../../gateway/signatures/glob.ts';
import { bucketOf, DETECTED_STEP, type SignatureDefinition } from '../../gateway/signatures/signature.ts';
import { STARTER_SET } from '../../gateway/signatures/starter-set.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { SignatureView } from '../../rpc/schema/threat-signature.ts';
import { effectiveFrom, type HeldSignature, stateOf } from '../threats/signatures/held-signature.ts';
import type { ThreatSignatures, WrittenSignature } from '../threats/signatures/threat-signatures.ts';
import { recordState } from './chain-reader.ts';
import { ServiceError } from './errors.ts';
import type { Views } from './views.ts';

export type ThreatSignatureHandlers = Pick<
  Handlers,
  'threat_signatureList' | 'threat_signaturePropose' | 'threat_signatureConfirm' | 'threat_signatureRetire'
>;

export interface ThreatSignatureServiceModules {
  readonly signatures: ThreatSignatures;
  readonly views: Views;
  readonly clock: Clock;
}

type Defined = Pick<
  SignatureView,
  'name' | 'category' | 'severity' | 'points' | 'conditions' | 'detected' | 'sources' | 'requests'
>;

export function threatSignatureService({
  signatures,
  views,
  clock,
}: ThreatSignatureServiceModules): ThreatSignatureHandlers {
  return {
    threat_signatureList: async ({ starter, limit, after }) => {
      const all = starter ? STARTER : shared();
      const from = after === undefined ? 0 : 1 + all.findIndex(({ id }) => id === after);
      if (after !== undefined && from === 0) throw new ServiceError({ code: 'rpc.bad-cursor' });
      const page = all.slice(from, from + limit);
      return { signatures: page, next: from + page.length < all.length ? (page.at(-1)?.id ?? null) : null };
    },

    threat_signaturePropose: async ({ conditions, sources, requests, ...given }, { principal }) => {
      const now = clock.now();
      const definition: SignatureDefinition = {
        ...given,
        conditions: conditions.map(({ fields, view, pattern }) => ({
          fields: SIGNATURE_FIELDS.filter((field) => fields.includes(field)),
          view,
          ...parseGlob(pattern),
        })),
        detectedAt: now - (now % DETECTED_STEP),
        sources: bucketOf(sources),
        requests: bucketOf(requests),
      };
      // A key is a gateway's, and nobody has looked at what it found.
      const found = principal.kind === 'application';
      return written(await (found ? signatures.proposeFound(definition) : signatures.propose(definition)));
    },

    threat_signatureConfirm: async ({ signature }) => written(await signatures.confirm(fromHex(signature))),

    threat_signatureRetire: async ({ signature, reason }) =>
      written(await signatures.retire(fromHex(signature), reason)),
  };

  /** Those that nobody can read are in force nowhere, and there is nothing to show of them. */
  function shared(): SignatureView[] {
    const now = clock.now();
    return [...signatures.list(), ...signatures.retired()].flatMap((held) =>
      held.definition === undefined ? [] : [viewOf(held, held.definition, now)],
    );
  }

  function viewOf(held: HeldSignature, definition: SignatureDefinition, now: number): SignatureView {
    const { row } = held;
    const confirmed = row.confirmed > 0;
    return {
      id: toHex(held.id),
      ...describe(definition),
      state: stateOf(held, now),
      clinic: row.clinic,
      clinicName: views.clinicName(row.clinic),
      supporters: [...row.supporters],
      opponents: [...row.opponents],
      proposed: row.proposed,
      confirmed: confirmed ? row.confirmed : null,
      effectiveFrom: confirmed ? effectiveFrom(row) : null,
      retired: row.live ? null : row.retired,
    };
  }
}

const STARTER: readonly SignatureView[] = STARTER_SET.map((signature) => ({
  id: signature.id,
  ...describe(signature),
  state: 'in-force',
  ...{ clinic: null, clinicName: null, supporters: [], opponents: [] },
  ...{ proposed: null, confirmed: null, effectiveFrom: null, retired: null },
}));

function describe(definition: SignatureDefinition): Defined {
  const { name, category, severity, points, conditions, detectedAt, sources, requests } = definition;
  return {
    ...{ name, category, severity, points, detected: detectedAt, sources, requests },
    conditions: conditions.map((condition) => ({
      fields: [...condition.fields],
      view: condition.view,
      pattern: printGlob(condition),
    })),
  };
}

function written({ id, record }: WrittenSignature): {
  signature: string;
  statement: string;
  status: 'queued' | 'pending' | 'applied' | 'final' | 'refused';
} {
  const { id: statement, status } = recordState(record);
  return { signature: toHex(id), statement, status: status === 'unknown' ? 'queued' : status };
}

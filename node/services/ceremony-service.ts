// Keys of the members at the doors: what stands on the chain in words, and beginning a ceremony.
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { CodedError } from '../../common/errors.ts';
import { GENESIS_GENERATION, PURPOSES, type Purpose } from '../../consensus/ledger/ceremony/purpose.ts';
import type { CeremonyRow } from '../../consensus/ledger/ceremony/rows.ts';
import { isRunning, lastBlockOf } from '../../consensus/ledger/ceremony/run.ts';
import { type CeremonyMode, encodeBegin } from '../../consensus/ledger/ceremony/types.ts';
import { CEREMONY_BEGIN } from '../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Ceremonies } from '../ceremony/assemble.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { recordState } from './chain-reader.ts';
import type { Views } from './views.ts';

export type CeremonyHandlers = Pick<Handlers, 'ceremony_status' | 'ceremony_begin'>;

export type CeremonyErrorType =
  | { code: 'ceremony.running' }
  | { code: 'ceremony.no-key' }
  | { code: 'ceremony.key-in-use' };

const SENTENCES: Readonly<Record<CeremonyErrorType['code'], string>> = {
  'ceremony.running': 'A ceremony for this key is under way',
  'ceremony.no-key': 'There is no key of this purpose to reshare: make one',
  'ceremony.key-in-use': 'Something rests on the key that there is: reshare it, another key would open none of it',
};

export class CeremonyError extends CodedError<CeremonyErrorType> {
  constructor(type: CeremonyErrorType) {
    super(type, SENTENCES[type.code]);
  }
}

export interface CeremonyServiceModules {
  readonly ceremonies: Pick<Ceremonies, 'shares' | 'chain'>;
  readonly outbox: Outbox;
  readonly author: ClinicAuthor;
  readonly views: Pick<Views, 'clinicName'>;
}

export function ceremonyService({ ceremonies, outbox, author, views }: CeremonyServiceModules): CeremonyHandlers {
  const { shares, chain } = ceremonies;
  const named = (clinic: number) => ({ clinic, name: views.clinicName(clinic) });

  function keyOf(purpose: Purpose) {
    const key = shares.current(purpose);
    if (key === undefined) return null;
    const { generation, threshold, origin } = key;
    return {
      ...{ generation, threshold, origin },
      publicKey: toHex(key.publicKey),
      holders: key.holders.map(({ clinic }) => named(clinic)),
      held: shares.own(purpose, generation) !== undefined,
    };
  }

  function ceremonyOf(row: CeremonyRow | undefined) {
    if (row === undefined) return null;
    const { generation, mode, step, attempt, threshold } = row;
    return {
      ...{ generation, mode, step, attempt, threshold },
      id: toHex(row.ceremony),
      began: named(row.clinic),
      until: lastBlockOf(row) ?? null,
      clinics: row.parts.map(({ clinic, committed, confirmed, blame }) => ({
        ...named(clinic),
        ...{ committed, confirmed },
        blame: blame ?? null,
      })),
    };
  }

  /** Throws CeremonyError where the members would refuse to take part. */
  async function modeFor(purpose: Purpose, made: number, wished: CeremonyMode | undefined): Promise<CeremonyMode> {
    const isFirst = made === GENESIS_GENERATION;
    const inUse = !isFirst || (purpose === 'identifier' && (await chain.hasPatients()));
    const mode = wished ?? (inUse ? 'reshare' : 'generate');
    if (mode === 'generate' && inUse) throw new CeremonyError({ code: 'ceremony.key-in-use' });
    if (mode === 'reshare' && isFirst && purpose === 'emergency') throw new CeremonyError({ code: 'ceremony.no-key' });
    return mode;
  }

  return {
    ceremony_status: async () => {
      await shares.follow();
      return {
        keys: PURPOSES.map((purpose) => ({
          purpose,
          key: keyOf(purpose),
          ceremony: ceremonyOf(shares.ceremony(purpose)),
        })),
      };
    },
    ceremony_begin: async ({ purpose, mode: wished }) => {
      await shares.follow();
      const last = shares.ceremony(purpose);
      if (last !== undefined && isRunning(last)) throw new CeremonyError({ code: 'ceremony.running' });
      const made = last?.made ?? GENESIS_GENERATION;
      const mode = await modeFor(purpose, made, wished);
      const salt = randomBytes(SALT_BYTES);
      const object = objectId(CEREMONY_BEGIN, { type: 'clinic', clinic: author.clinic }, salt);
      const payload = encodeBegin({ salt, purpose, mode, generation: made + 1 });
      const [record] = await outbox.submit([author.make({ kind: CEREMONY_BEGIN, object, version: 1, payload })]);
      const { id, status } = recordState(record);
      return { statement: id, status, mode };
    },
  };
}

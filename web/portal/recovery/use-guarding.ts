// What the owner does in her browser: a new secret split among the people whom she chose, each share sealed for one of them.
import { fromHex, toHex } from '../../../common/bytes.ts';
import { exportVaultFile } from '../../../identity/vault/file.ts';
import { newGuarding } from '../../../identity/vault/recovery-guardians.ts';
import { hasWay, removeWay, replaceWay } from '../../../identity/vault/vault.ts';
import type { Result } from '../../../rpc/schema/methods.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import { useSessionModules } from '../../shared/session/session-context.tsx';
import { useUnlock } from '../../shared/vault/unlock.tsx';

export type Chosen = Result<'recovery_find'>;

export interface Guarding {
  set(account: string, people: readonly Chosen[], threshold: number): Promise<void>;
  end(): Promise<void>;
}

export function useGuarding(): Guarding {
  const { client } = useNode();
  const { vaults } = useSessionModules();
  const unlock = useUnlock();
  return {
    set: async (account, people, threshold) => {
      const { open, version: vaultVersion } = await unlock();
      const [{ genesis }, { nextVersion: version }] = await Promise.all([
        client.call('node_health'),
        client.call('recovery_guardians', {}),
      ]);
      const of = { genesisId: fromHex(genesis), account: fromHex(account), version, threshold };
      const keys = people.map(({ key }) => fromHex(key));
      const { secret, hashes, sealed, commitment, proof } = await newGuarding(of, keys);
      const guarded = await replaceWay(open, { kind: 'guardians', secret });
      await client.call('recovery_set', {
        ...{ version, threshold, vaultVersion, commitment: toHex(commitment), proof: toHex(proof) },
        guardians: people.map((one, at) => ({
          ...{ account: one.account, key: one.key },
          ...{ hash: toHex(hashes[at] as Uint8Array), sealed: toHex(sealed[at] as Uint8Array) },
        })),
        vault: exportVaultFile(guarded.file),
      });
      vaults.keep(guarded);
    },
    end: async () => {
      const { open, version: vaultVersion } = await unlock();
      const way = { kind: 'guardians' } as const;
      const alone = hasWay(open.file, way) ? await removeWay(open, way) : open;
      await client.call('recovery_end', { vault: exportVaultFile(alone.file), vaultVersion });
      vaults.keep(alone);
    },
  };
}

// What stands above the list at a gateway that follows a node: the decisions of its clinic about addresses, and networks that
// nobody blocks. In effect at once, and on disk for when the node is gone.
import { readFile } from 'node:fs/promises';
import { parseNetwork } from '../../gateway/address.ts';
import type { Pin } from '../../gateway/blocklist.ts';
import type { EnforcedList } from '../../gateway/lookup/enforced-list.ts';
import type { NeverBlock } from '../../gateway/never-block.ts';
import { writePrivateFile } from '../../node/data-directory.ts';
import type { Result } from '../../rpc/schema/methods.ts';

export type GatewayRules = NonNullable<Result<'threat_follow'>['rules']>;

export interface KeptRulesOptions {
  readonly path: string;
}

export interface KeptRulesModules {
  readonly enforced: Pick<EnforcedList, 'setPins'>;
  readonly neverBlock: Pick<NeverBlock, 'setMembers'>;
}

const NONE: GatewayRules = { revision: '', pins: [], neverBlocked: [] };

export class KeptRules {
  private readonly path: string;
  private readonly modules: KeptRulesModules;
  private kept = NONE;
  /** In effect and not on disk. */
  private unwritten = false;

  constructor({ path }: KeptRulesOptions, modules: KeptRulesModules) {
    this.path = path;
    this.modules = modules;
  }

  /** Of the rules in effect. */
  get revision(): string {
    return this.kept.revision;
  }

  /** A file that is missing or damaged is no rules: the node gives them again. */
  async load(): Promise<void> {
    try {
      this.apply(JSON.parse(await readFile(this.path, 'utf8')));
    } catch {
      this.apply(NONE);
    }
  }

  /** In effect when it returns, on disk when it resolves; where it cannot be written, `save` tries again. */
  async take(rules: GatewayRules): Promise<void> {
    this.apply(rules);
    this.unwritten = true;
    await this.save();
  }

  /** Writes what is not on disk yet. */
  async save(): Promise<void> {
    if (!this.unwritten) return;
    const { kept } = this;
    await writePrivateFile(this.path, JSON.stringify(kept));
    if (this.kept === kept) this.unwritten = false;
  }

  private apply(rules: GatewayRules): void {
    const pins = rules.pins.map(
      ({ address, action, until }): Pin => ({
        network: parseNetwork(address),
        action: action === 'block' ? 'block' : 'allow',
        by: 'node',
        at: 0,
        until: until ?? undefined,
      }),
    );
    this.modules.neverBlock.setMembers(rules.neverBlocked);
    this.modules.enforced.setPins(pins);
    this.kept = rules;
  }
}

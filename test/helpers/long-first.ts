// The order of test files: long ones first, so that none of them runs alone at the end while the other core waits.
import { BaseSequencer, type TestSequencerConstructor, type TestSpecification } from 'vitest/node';

/** `names`: ends of paths, the longest first; all others follow as vitest orders them. */
export function longFirst(...names: readonly string[]): TestSequencerConstructor {
  return class extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      const place = ({ moduleId }: TestSpecification): number => {
        const at = names.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
        return at < 0 ? names.length : at;
      };
      return (await super.sort(files)).sort((a, b) => place(a) - place(b));
    }
  };
}

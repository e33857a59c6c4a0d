import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareBytes, toHex } from '../../../common/bytes.ts';
import { Overlay } from '../../../consensus/ledger/overlay.ts';
import { Rows } from './fixture.ts';

const key = fc.uint8Array({ minLength: 1, maxLength: 2 });
const action = fc.oneof(
  fc.record({ type: fc.constant('set' as const), key, value: fc.uint8Array({ maxLength: 2 }) }),
  fc.record({ type: fc.constant('get' as const), key }),
  fc.record({ type: fc.constant('mark' as const) }),
  fc.record({ type: fc.constant('revert' as const) }),
);

it('behaves as a map that can be rolled back, and writes each changed row once in the order of keys', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.uint8Array({ maxLength: 2 }))), fc.array(action), (base, actions) => {
      const rows = new Rows();
      rows.write(base);
      const overlay = new Overlay(rows);
      let model = new Map<string, Uint8Array>();
      const marks: { mark: number; model: Map<string, Uint8Array> }[] = [];
      for (const step of actions) {
        if (step.type === 'set') {
          overlay.set(step.key, step.value);
          model.set(toHex(step.key), step.value);
        } else if (step.type === 'get') {
          expect(overlay.get(step.key)).toEqual(model.get(toHex(step.key)) ?? rows.get(step.key));
        } else if (step.type === 'mark') {
          marks.push({ mark: overlay.mark(), model: new Map(model) });
        } else {
          const last = marks.pop();
          if (last === undefined) continue;
          overlay.revert(last.mark);
          model = last.model;
        }
      }
      const writes = overlay.writes();
      expect(new Map(writes.map(([at, value]) => [toHex(at), value]))).toEqual(model);
      expect(writes.map(([at]) => at)).toEqual(writes.map(([at]) => at).sort(compareBytes));
    }),
  );
});

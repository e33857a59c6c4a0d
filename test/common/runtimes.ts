// The two files behind `#crypto`: every suite of primitives runs on both.
import * as browser from '../../common/crypto/primitives.browser.ts';
import * as node from '../../common/crypto/primitives.node.ts';

export const RUNTIMES = [
  ['node', node],
  ['browser', browser],
] as const;

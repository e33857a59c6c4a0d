// Methods of this clinic's own keys. Which keys count, the members decide (rpc/schema/member.ts).
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { hash, hex, statementState } from './shapes.ts';

export const keyRole = z.enum(['governance', 'node', 'gateway', 'vote', 'encryption']);

export const keyMethods = defineMethods({
  key_rotate: {
    summary:
      'Makes a new key of this clinic in its keystore, and proposes it to the members in place of the present one.',
    params: z.strictObject({ role: keyRole }),
    result: z.object({
      role: keyRole,
      /** Of the key that is to come: this clinic takes it up by itself when the change is in force. */
      publicKey: hex,
      statement: hash,
      status: statementState.shape.status,
      proposal: hash,
      summary: z.string(),
    }),
    errors: ['member.*', 'clinic.not-a-member', 'keystore.*', 'outbox.full', 'outbox.stopped'],
  },
});

import { expect, it } from 'vitest';
import { uuid5 } from '../../common/crypto/uuid.ts';

const DNS = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';

it('makes the UUID of a name as RFC 9562 has it', () => {
  expect(uuid5(DNS, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
});

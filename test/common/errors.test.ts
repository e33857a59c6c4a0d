import { expect, test } from 'vitest';
import { CodedError, codeOf } from '../../common/errors.ts';

class DemoError extends CodedError<{ code: 'demo.full'; limit: number } | { code: 'demo.closed' }> {}

test('a coded error names its class, code and metadata', () => {
  const error = new DemoError({ code: 'demo.full', limit: 3 });
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.code, error.message]).toEqual(['DemoError', 'demo.full', 'demo.full (limit: 3)']);
  expect(new DemoError({ code: 'demo.closed' }).message).toBe('demo.closed');
});

test('a sentence of its own replaces the made one, and the cause is kept', () => {
  const cause = new Error('disk');
  const error = new DemoError({ code: 'demo.closed' }, 'The queue is closed.', { cause });
  expect([error.message, error.cause]).toEqual(['The queue is closed.', cause]);
});

test('its JSON is code, metadata and message, never the stack', () => {
  const json: unknown = JSON.parse(JSON.stringify(new DemoError({ code: 'demo.full', limit: 3 })));
  expect(json).toEqual({ code: 'demo.full', limit: 3, message: 'demo.full (limit: 3)' });
});

test('codeOf knows coded errors only', () => {
  expect(codeOf(new DemoError({ code: 'demo.closed' }))).toBe('demo.closed');
  expect(codeOf(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBeUndefined();
  expect(codeOf(undefined)).toBeUndefined();
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CodedError } from '../../common/errors.ts';
import { createLogger, type Logger, type LoggerOptions } from '../../common/logger.ts';
import { REDACTED, redact } from '../../common/redact.ts';

class DemoError extends CodedError<{ code: 'demo.bad'; token: string; height: number }> {}

function logged(run: (logger: Logger) => void, options: LoggerOptions = {}): Record<string, unknown>[] {
  const lines: string[] = [];
  run(createLogger({ level: 'trace', ...options, destination: { write: (line) => void lines.push(line) } }));
  return lines.map((line) => {
    expect(line.endsWith('\n')).toBe(true);
    return JSON.parse(line) as Record<string, unknown>;
  });
}

const CANARY = 'canary-3f9c1e77';

const SECRET_NAMES = [
  'token',
  'operatorToken',
  'access_token',
  'password',
  'newPassword',
  'passwd',
  'passphrase',
  'vaultPassphrase',
  'secret',
  'clientSecret',
  'client-secret',
  'secretKey',
  'privateKey',
  'private_key',
  'signingKey',
  'apiKey',
  'x-api-key',
  'seed',
  'masterSeed',
  'mnemonic',
  'keyMaterial',
  'networkKey',
  'authorization',
  'Authorization',
  'proxy-authorization',
  'cookie',
  'Cookie',
  'set-cookie',
  'sessionId',
  'otp',
  'totp',
  'pin',
  'blind',
  'auth',
  'newAuth',
  'verifier',
  'vault',
  'ticket',
  'recoveryCodes',
  'credentials',
];

const PATIENT_NAMES = [
  'pid',
  'patient',
  'person',
  'resource',
  'bundle',
  'plaintext',
  'identityNumber',
  'nationalId',
  'ssn',
  'SSN',
  'mrn',
  'birthDate',
  'dateOfBirth',
  'family',
  'given',
  'familyName',
  'firstName',
  'telecom',
  'phone',
  'email',
  'postalAddress',
];

/** Every way in which a value gets into a line. */
function everyWay(logger: Logger, name: string, value: unknown): void {
  logger.info({ [name]: value }, 'top');
  logger.info({ request: { headers: { [name]: value } } }, 'nested');
  logger.info({ list: [{ [name]: value }, [{ [name]: value }]] }, 'in lists');
  logger.child({ [name]: value }).info('bound');
  logger
    .child({ peer: 'p' })
    .child({ inner: { [name]: value } })
    .warn('bound twice');
  logger.error({ err: Object.assign(new Error('failed'), { [name]: value }) }, 'on an error');
  logger.error(
    { err: new Error('failed', { cause: Object.assign(new Error('inner'), { [name]: value }) }) },
    'on a cause',
  );
  logger.info({ [name]: { deep: { deeper: value } } }, 'as a tree');
  logger.info({ [name]: [value, [value]] }, 'as a list');
  logger.info({ json: { toJSON: () => ({ [name]: value }) } }, 'by toJSON');
}

describe('redaction', () => {
  test.each([...SECRET_NAMES, ...PATIENT_NAMES])('no line holds a value named %s', (name) => {
    const text = JSON.stringify(logged((logger) => everyWay(logger, name, CANARY)));
    expect(text).not.toContain(CANARY);
    expect(text.split(REDACTED).length).toBeGreaterThan(8);
    expect(JSON.stringify(logged((logger) => everyWay(logger, name, 424_242_424)))).not.toContain('424242424');
  });

  test('the same ways show a value that is no secret: the canary test can fail', () => {
    const text = JSON.stringify(logged((logger) => everyWay(logger, 'height', CANARY)));
    expect(text.split(CANARY).length - 1).toBe(11);
  });

  test('a whole FHIR resource leaves nothing but its place', () => {
    const patient = {
      resourceType: 'Patient',
      name: [{ family: 'Abcd', given: ['Efgh'] }],
      birthDate: '1970-01-01',
      identifier: [{ value: '078-05-1120' }],
    };
    const text = JSON.stringify(
      logged((logger) =>
        logger.info(
          { patient, resource: patient, resources: [patient], bundle: { entry: [{ resource: patient }] } },
          'import',
        ),
      ),
    );
    for (const value of ['Abcd', 'Efgh', '1970', '078']) expect(text).not.toContain(value);
  });

  test('the name of a person is not shown, the name of a thing is', () => {
    const [line] = logged((logger) =>
      logger.info({ entry: { name: [{ text: CANARY }] }, file: { name: 'blocks' } }, 'x'),
    );
    expect(line).toMatchObject({ entry: { name: REDACTED }, file: { name: 'blocks' } });
  });

  test('bytes are shown by their number alone, whatever they are called', () => {
    const [line] = logged((logger) =>
      logger.info({ a: new Uint8Array(32).fill(7), b: Buffer.from(CANARY), c: { d: [Uint8Array.of(1)] } }, 'x'),
    );
    expect(line).toMatchObject({ a: '[32 bytes]', b: `[${CANARY.length} bytes]`, c: { d: ['[1 bytes]'] } });
  });

  test('the query of a url and credentials inside text are not shown', () => {
    const [line] = logged((logger) =>
      logger.info(
        { req: { url: `/rpc?token=${CANARY}` }, header: `Bearer ${CANARY}`, also: `Basic ${btoa(CANARY)}` },
        `sent Bearer ${CANARY}`,
      ),
    );
    expect(JSON.stringify(line)).not.toContain(CANARY);
    expect(JSON.stringify(line)).not.toContain(btoa(CANARY));
    expect(line).toMatchObject({ req: { url: `/rpc?${REDACTED}` } });
  });

  test('whether there is a token may be said', () => {
    expect(logged((logger) => logger.info({ token: true, password: null }, 'x'))[0]).toMatchObject({
      token: true,
      password: null,
    });
  });

  test('a value too deep to be looked at is not shown', () => {
    let tree: unknown = CANARY;
    for (let i = 0; i < 30; i++) tree = { a: tree };
    expect(JSON.stringify(redact(tree))).not.toContain(CANARY);
  });

  test('changes nothing else: values under plain names stay as they are', () => {
    const name = fc.constantFrom('height', 'id', 'peer', 'clinic', 'reason', 'code', 'address', 'count');
    const leaf = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.string());
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 4 }, leaf, fc.dictionary(name, tie('tree')), fc.array(leaf)),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(redact(value)).toEqual(value);
      }),
    );
  });
});

describe('createLogger', () => {
  test('writes one JSON line with level, time, bindings and message, and no host or process', () => {
    const [line] = logged((logger) => logger.child({ part: 'sync' }).info({ height: 7 }, 'block %d', 7), {
      bindings: { clinic: 2 },
    });
    expect(line).toEqual({
      level: 'info',
      time: expect.any(Number),
      clinic: 2,
      part: 'sync',
      height: 7,
      msg: 'block 7',
    });
  });

  test('shows code and metadata of a coded error, without its secrets', () => {
    const [line] = logged((logger) =>
      logger.error({ err: new DemoError({ code: 'demo.bad', token: CANARY, height: 9 }, 'Refused.') }, 'x'),
    );
    expect(line.err).toMatchObject({
      name: 'DemoError',
      code: 'demo.bad',
      height: 9,
      token: REDACTED,
      message: 'Refused.',
    });
  });

  test('shows message and stack of any other error, also under the name error', () => {
    const [line] = logged((logger) => logger.error({ error: new TypeError('boom') }, 'x'));
    expect(line.error).toMatchObject({ type: 'TypeError', message: 'boom', stack: expect.stringContaining('boom') });
  });

  test('is silent below its level', () => {
    expect(logged((logger) => logger.debug('x'), { level: 'info' })).toEqual([]);
    expect(logged((logger) => logger.fatal('x'), { level: 'silent' })).toEqual([]);
  });

  test('a circular value does not stop the line', () => {
    const loop: Record<string, unknown> = { token: CANARY };
    loop.self = loop;
    const [line] = logged((logger) => logger.info({ loop }, 'x'));
    expect(JSON.stringify(line)).not.toContain(CANARY);
    expect(line.msg).toBe('x');
  });
});

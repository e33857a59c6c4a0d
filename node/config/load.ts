// Puts a configuration together: defaults, then the file, then the environment, then flags; the last one wins.
// Every complaint names the offending key and where it came from.
import { CodedError } from '../../common/errors.ts';
import { type Config, environmentName, flagName, OPTION_KEYS, OPTIONS, type OptionKey } from './options.ts';

export type ConfigErrorType =
  /** The configuration file is not JSON. */
  | { code: 'config.syntax'; path: string }
  | { code: 'config.unknown'; key: string; source: string }
  | { code: 'config.invalid'; key: string; source: string; reason: string };

export class ConfigError extends CodedError<ConfigErrorType> {}

export interface ConfigSources {
  /** Parsed JSON of the configuration file: nested objects. */
  readonly file?: unknown;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Text per flag name, as typed. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
}

export function loadConfig(sources: ConfigSources): Config {
  const values: Record<string, unknown> = {};
  for (const key of OPTION_KEYS) values[key] = OPTIONS[key].standard;
  for (const [key, value] of flatten(sources.file)) {
    if (!(key in OPTIONS)) throw new ConfigError({ code: 'config.unknown', key, source: 'configuration file' });
    values[key] = check(key as OptionKey, value, 'configuration file');
  }
  for (const key of OPTION_KEYS) {
    const variable = environmentName(key);
    const text = sources.environment?.[variable];
    if (text !== undefined) values[key] = check(key, fromText(key, text), variable);
    const flag = sources.flags?.[flagName(key)];
    if (flag !== undefined) values[key] = check(key, fromText(key, flag), `--${flagName(key)}`);
  }
  return values as Config;
}

/** Text of a flag or variable as the option's type: lists are comma-separated. */
function fromText(key: OptionKey, text: string): unknown {
  const { standard } = OPTIONS[key];
  if (typeof standard === 'number') return text.trim() === '' ? Number.NaN : Number(text);
  if (typeof standard === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (Array.isArray(standard)) return text.split(',').filter((part) => part !== '');
  return text;
}

function check(key: OptionKey, value: unknown, source: string): unknown {
  const result = OPTIONS[key].schema.safeParse(value);
  if (result.success) return result.data;
  const reason = result.error.issues[0]?.message ?? 'not valid';
  throw new ConfigError({ code: 'config.invalid', key, source, reason });
}

function* flatten(value: unknown, path = ''): Iterable<[string, unknown]> {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    yield [path, value];
    return;
  }
  for (const [name, inner] of Object.entries(value)) yield* flatten(inner, path === '' ? name : `${path}.${name}`);
}

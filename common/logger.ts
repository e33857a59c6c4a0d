// Structured logs, one JSON object a line. Every line passes the redaction as it is written, so child bindings,
// serialisers and errors cannot go around it. Free text is not searched: never put a value into the message.
import { type DestinationStream, type LevelWithSilent, type Logger as PinoLogger, pino } from 'pino';
import { CodedError } from './errors.ts';
import { redact } from './redact.ts';

export type LogLevel = LevelWithSilent;

export interface LoggerOptions {
  /** 'info' by default. */
  readonly level?: LogLevel;
  /** On every line, e.g. the clinic's number. */
  readonly bindings?: Readonly<Record<string, unknown>>;
  /** Takes whole lines; standard error by default, since standard output belongs to results. */
  readonly destination?: DestinationStream;
}

export type Logger = Pick<PinoLogger, 'level' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'> & {
  child(bindings: Record<string, unknown>): Logger;
};

export function createLogger(options: LoggerOptions = {}): Logger {
  return pino(
    {
      level: options.level ?? 'info',
      base: { ...options.bindings },
      formatters: { level: (level) => ({ level }) },
      serializers: { err: describeError, error: describeError },
      hooks: { streamWrite: redactLine },
    },
    options.destination ?? pino.destination({ fd: 2, sync: true }),
  );
}

// A coded error is its code and metadata; pino alone would show neither.
function describeError(error: unknown): unknown {
  if (error instanceof CodedError) return { name: error.name, ...error.toJSON(), stack: error.stack };
  return error instanceof Error ? pino.stdSerializers.err(error) : error;
}

function redactLine(line: string): string {
  try {
    return `${JSON.stringify(redact(JSON.parse(line)))}\n`;
  } catch {
    return '{"level":"error","msg":"a log line that is not JSON was dropped"}\n';
  }
}

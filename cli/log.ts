// The program's log: pino behind the Log port, on stderr, as readable lines for people and as JSON with --json.
// Fields that could hold a secret or a person's name are struck out whatever they hold.
import { pino } from 'pino';
import type { Log, LogFields } from '#protocol/ports/log.ts';
import type { TextStream } from './output.ts';

export interface LogOptions {
  readonly stderr: TextStream;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Never logged. A second line of defence: callers are not to pass them in the first place. */
const REDACTED = [
  'authorization',
  'card',
  'code',
  'cookie',
  'doorcode',
  'email',
  'key',
  'label',
  'name',
  'password',
  'person',
  'pin',
  'secret',
  'token',
];

export function createLog({ stderr, json, quiet, verbose }: LogOptions): Log {
  const logger = pino(
    {
      level: verbose ? 'debug' : quiet ? 'silent' : 'warn',
      base: null,
      redact: { paths: REDACTED, censor: '[redacted]' },
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => stderr.write(json ? line : readable(line)) },
  );
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}): void =>
      logger[level](fields, event);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** `warn: link lost door=4B frames=17` */
function readable(line: string): string {
  const { level, msg, time: _time, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const texts = Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`);
  return `${[`${String(level)}: ${String(msg)}`, ...texts].join(' ')}\n`;
}

const valueText = (value: unknown): string =>
  typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);

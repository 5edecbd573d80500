// What holds for one run: a flag over a DOORLAB_* variable over doorlab.yaml over the default. The file is
// checked whole, so that a mistyped key never passes for the default.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CliError } from './errors.ts';
import { fileKeyOf, SETTING_KEYS, SETTINGS, type Config, type Setting, type SettingKey } from './settings.ts';
import { nearest } from './suggestion.ts';

/** The raw text of each setting that one source gave. */
export type RawSettings = Partial<Record<SettingKey, string>>;

export interface ConfigSources {
  readonly flags: RawSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** From --config. */
  readonly configFile: string | undefined;
  /** Where doorlab.yaml is looked for, and what relative paths in flags and variables start from. */
  readonly cwd: string;
}

const DEFAULT_FILE = 'doorlab.yaml';
/** A settings file is a page, not a database. */
const FILE_CHARS_MAX = 64 * 1024;

export async function loadConfig({ flags, env, configFile, cwd }: ConfigSources): Promise<Config> {
  const file = await readSettingsFile(configFile ?? env['DOORLAB_CONFIG'], cwd);
  const value = <K extends SettingKey>(key: K): Config[K] => {
    const setting: Setting<Config[K]> = SETTINGS[key];
    const given = [
      { text: flags[key], source: setting.flag.split(' ')[0] ?? setting.flag },
      { text: env[setting.env], source: setting.env },
      { text: file.values[key], source: `${fileKeyOf(key)} in ${file.name}` },
    ].find(({ text }) => text !== undefined);
    return given?.text === undefined ? setting.fallback : parsed(setting, given.text, given.source);
  };
  /** A path in the file starts from the file's own folder. */
  const pathOf = (key: 'data' | 'btsnoop', given: string): string => {
    const isFromFile =
      flags[key] === undefined && env[SETTINGS[key].env] === undefined && file.values[key] !== undefined;
    return path.resolve(isFromFile ? file.folder : cwd, given);
  };
  const btsnoop = value('btsnoop');
  const config: Config = {
    json: value('json'),
    quiet: value('quiet'),
    verbose: value('verbose'),
    noInput: value('noInput'),
    timeout: value('timeout'),
    radio: value('radio'),
    adapter: value('adapter'),
    seed: value('seed'),
    cloud: value('cloud'),
    btsnoop: btsnoop === undefined ? undefined : pathOf('btsnoop', btsnoop),
    data: pathOf('data', value('data')),
  };
  if (config.quiet && config.verbose)
    throw new CliError('USAGE', '--quiet and --verbose exclude each other.', {
      next: 'Leave one of them out.',
    });
  return config;
}

/** Names the source before the problem. */
function parsed<T>(setting: Setting<T>, text: string, source: string): T {
  try {
    return setting.parse(text);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    throw new CliError(source.startsWith('--') ? 'USAGE' : 'CONFIG_INVALID', `${source}: ${error.message}.`, {
      next: 'See doorlab --help for what is possible.',
    });
  }
}

interface SettingsFile {
  readonly name: string;
  readonly folder: string;
  readonly values: RawSettings;
}

async function readSettingsFile(named: string | undefined, cwd: string): Promise<SettingsFile> {
  const name = named ?? DEFAULT_FILE;
  const file = path.resolve(cwd, name);
  const folder = path.dirname(file);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (missing && named === undefined) return { name, folder: cwd, values: {} };
    throw new CliError('FILE_MISSING', `The settings file ${name} can't be read.`, {
      cause: error,
      next: 'Check the path given with --config or DOORLAB_CONFIG.',
    });
  }
  return { name, folder, values: await parseSettingsFile(text, name) };
}

async function parseSettingsFile(text: string, name: string): Promise<RawSettings> {
  const invalid = (message: string, next?: string): CliError =>
    new CliError('CONFIG_INVALID', `${name}: ${message}`, next === undefined ? {} : { next });
  if (text.length > FILE_CHARS_MAX) throw invalid(`longer than ${FILE_CHARS_MAX} characters.`);
  // Loaded here, because most runs have no settings file.
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw invalid(error.message.split('\n')[0] ?? 'not YAML.', 'Correct the YAML there.');
  if (/^[^#]*[&*]\w/m.test(text)) throw invalid('anchors and aliases have no place in it.');
  const content: unknown = document.toJS();
  if (content === null || content === undefined) return {};
  if (typeof content !== 'object' || Array.isArray(content))
    throw invalid('expected a setting a line, like "radio: virtual".');
  const values: RawSettings = {};
  for (const [key, value] of Object.entries(content as Record<string, unknown>)) {
    const setting = SETTING_KEYS.find((known) => fileKeyOf(known) === key);
    if (setting === undefined) {
      const known = SETTING_KEYS.map(fileKeyOf);
      const near = nearest(key, known);
      throw invalid(
        `unknown setting "${key}".`,
        near === undefined ? `There are: ${known.join(', ')}.` : `Did you mean "${near}"?`,
      );
    }
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      throw invalid(`"${key}" expects one value.`);
    values[setting] = String(value);
  }
  return values;
}

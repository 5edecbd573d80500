// Which Doorlab this is: the version in package.json, next to the source tree as next to dist/.
import { existsSync, readFileSync } from 'node:fs';

export const VERSION = readVersion();

function readVersion(): string {
  const [file] = ['../package.json', '../../package.json']
    .map((place) => new URL(place, import.meta.url))
    .filter((url) => existsSync(url));
  if (file === undefined) return 'unknown';
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const version = typeof content === 'object' && content !== null && 'version' in content && content.version;
  return typeof version === 'string' ? version : 'unknown';
}

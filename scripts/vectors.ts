// Writes test/vectors/*.json and the examples of docs/WIRE.md anew: `node --conditions=source --import tsx
// scripts/vectors.ts`. The bytes follow from fixed seeds; a change in them is a change of the wire format and belongs
// in the CHANGELOG.
import { readFileSync, writeFileSync } from 'node:fs';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { allVectors } from '#test/builders/vectors/all.ts';
import { spell } from '#test/builders/vectors/vector-file.ts';

const vectors = allVectors(nodeEngine);
for (const [name, file] of Object.entries(vectors)) {
  writeFileSync(new URL(`../test/vectors/${name}.json`, import.meta.url), spell(file));
  console.log(`test/vectors/${name}.json: ${Object.keys(file.cases).length} cases`);
}

const WIRE = new URL('../docs/WIRE.md', import.meta.url);
const EXAMPLE = /^```hex (\S+) (\S+) (\S+)\n([^`]*)```/gm;
const HEX_A_WORD = 8;
const WORDS_A_LINE = 8;

const examplesAnew = readFileSync(WIRE, 'utf8').replace(
  EXAMPLE,
  (block: string, file: string, name: string, path: string, body: string) => {
    const value = path
      .split('.')
      .reduce<unknown>(
        (at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key],
        casesOf(file)[name],
      );
    return typeof value === 'string'
      ? `\`\`\`hex ${file} ${name} ${path}\n${exampleOf(value, body)}\`\`\``
      : block;
  },
);
writeFileSync(WIRE, examplesAnew);

function casesOf(file: string): Readonly<Record<string, unknown>> {
  const vectorFile = vectors[file];
  if (vectorFile === undefined) return {};
  return (JSON.parse(spell(vectorFile)) as { cases: Record<string, unknown> }).cases;
}

/** Lines of 32 bytes; what the example left out so far is left out again. */
function exampleOf(hex: string, before: string): string {
  const words = hex.match(new RegExp(`.{1,${HEX_A_WORD}}`, 'g')) ?? [];
  const lines: string[] = [];
  for (let at = 0; at < words.length; at += WORDS_A_LINE) {
    lines.push(words.slice(at, at + WORDS_A_LINE).join(' '));
  }
  const [head, tail] = before.split('...\n').map((part) => part.trimEnd().split('\n').length);
  const shown =
    head === undefined || tail === undefined || head + tail >= lines.length
      ? lines
      : [...lines.slice(0, head), '...', ...lines.slice(-tail)];
  return `${shown.join('\n')}\n`;
}

// Writes test/vectors/*.json anew: `node --conditions=source --import tsx scripts/vectors.ts`. The bytes follow
// from fixed seeds; a change in them is a change of the wire format and belongs in the CHANGELOG.
import { writeFileSync } from 'node:fs';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { allVectors } from '#test/builders/vectors/all.ts';
import { spell } from '#test/builders/vectors/vector-file.ts';

for (const [name, file] of Object.entries(allVectors(nodeEngine))) {
  writeFileSync(new URL(`../test/vectors/${name}.json`, import.meta.url), spell(file));
  console.log(`test/vectors/${name}.json: ${Object.keys(file.cases).length} cases`);
}

// Lists of the cloud by how much there is: sync tasks and the report to 100,000 doors, who is exposed to 10,000 people at 2,000
// doors. All of a list grows with it and little more; a page does not.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledChild } from './bundled-child.ts';
import type { Bench, Figure } from './figure.ts';

/** Ten times as much: n log n. */
const GROWTH_MAX = 15;
/** A hundred times as much, the same page: what is left is depth of an index and the size of a table that is looked into. */
const PAGE_GROWTH_MAX = 4;
const MEMORY_MAX_MIB = 250;

interface Measured {
  readonly count: number;
  readonly allMs: number;
  readonly pageMs: number;
  readonly neededMs?: number;
  readonly reportMs?: number;
  readonly mib: number;
}

export const bench: Bench = {
  name: 'lists',
  async run() {
    const child = await bundledChild('lists-child');
    const measured = (mode: 'tasks' | 'exposure', doors: number, people: number): Measured => {
      const folder = mkdtempSync(join(tmpdir(), 'doorlab-lists-'));
      try {
        child('fill', folder, String(doors), String(people));
        return child(mode, folder) as Measured;
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    };
    const tasks = [1_000, 10_000, 100_000].map((doors) => measured('tasks', doors, 0));
    const exposed = [
      [100, 20],
      [1_000, 200],
      [10_000, 2_000],
    ].map(([people = 0, doors = 0]) => measured('exposure', doors, people));
    return [
      ...growth('tasks', tasks),
      ...growth('exposure', exposed),
      page('tasks.page_growth', tasks, ({ pageMs }) => pageMs),
      page('tasks.needed_page_growth', tasks, ({ neededMs }) => neededMs ?? 0),
      page('tasks.report_page_growth', tasks, ({ reportMs }) => reportMs ?? 0),
      { name: 'exposure.page_ms', value: exposed[2]?.pageMs ?? 0, unit: 'ms', kind: 'absolute' },
      {
        name: 'lists.server_mib',
        value: Math.max(...[...tasks, ...exposed].map(({ mib }) => mib)),
        unit: 'MiB',
        kind: 'absolute',
        atMost: MEMORY_MAX_MIB,
      },
    ];
  },
};

function growth(name: string, sizes: readonly Measured[]): Figure[] {
  const [small, middle, large] = sizes;
  if (small === undefined || middle === undefined || large === undefined) throw new Error('three sizes');
  const ratio = { unit: 'x', kind: 'ratio', atMost: GROWTH_MAX } as const;
  return [
    { name: `${name}.growth_middle`, value: middle.allMs / small.allMs, ...ratio },
    { name: `${name}.growth_large`, value: large.allMs / middle.allMs, ...ratio },
    { name: `${name}.all_ms`, value: large.allMs, unit: 'ms', kind: 'absolute' },
    { name: `${name}.listed`, value: large.count, unit: '', kind: 'absolute' },
  ];
}

function page(name: string, sizes: readonly Measured[], of: (measured: Measured) => number): Figure {
  const [first, last] = [sizes[0], sizes.at(-1)];
  const value = first === undefined || last === undefined ? Infinity : of(last) / of(first);
  return { name, value, unit: 'x', kind: 'ratio', atMost: PAGE_GROWTH_MAX };
}

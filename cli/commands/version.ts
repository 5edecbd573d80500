// `doorlab version`: what a report of a defect should start with.
import type { Command } from 'commander';
import type { Host } from '../context.ts';
import { examples } from '../program.ts';
import { VERSION } from '../version.ts';

export function register(program: Command, host: Host): void {
  const command = program
    .command('version')
    .description('print the version, with that of Node and the platform')
    .action(
      host.action({ deadlineMs: 5_000 }, async () => {
        const node = process.versions.node;
        const platform = `${process.platform} ${process.arch}`;
        return {
          text: `doorlab ${VERSION} (Node ${node}, ${platform})`,
          result: { doorlab: VERSION, node, platform },
        };
      }),
    );
  examples(command, ['doorlab version', 'doorlab version --json']);
}

// `doorlab radio serve`: the air in which locks and couriers of several processes meet.
import { Option, type Command } from 'commander';
import type { Host } from '../context.ts';
import { AIR_PORT } from '../open-radio.ts';
import { examples } from '../program.ts';
import { stopped, untilAborted } from '../until-stopped.ts';

interface ServeOptions {
  readonly port: string;
  readonly host: string;
  readonly link: 'unpaced' | '1m' | '2m';
  readonly loss: string;
  readonly dropAt?: string;
}

export function register(program: Command, host: Host): void {
  const radio = program.command('radio').description('the simulated air');
  const serve = radio
    .command('serve')
    .description(
      'keep an air that locks and couriers of other processes join with --radio virtual or ws://..',
    )
    .option('--port <n>', 'port to listen on; 0 takes a free one', String(AIR_PORT))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addOption(
      new Option('--link <kind>', 'unpaced, or paced as a real link of that PHY with 251-byte packets')
        .choices(['unpaced', '1m', '2m'])
        .default('unpaced'),
    )
    .option('--loss <percent>', 'so many packets in a hundred are lost and sent again', '0')
    .option('--drop-at <n>', 'every link drops at its n-th packet')
    .action(
      host.action<ServeOptions>(
        { deadlineMs: 'none' },
        async ({ config, output, clock, signal }, options) => {
          const { serveAir } = await import('#radio/virtual/air-server.ts');
          const { faultsOf, linkNamed, portOf } = await import('../radio-options.ts');
          const server = await serveAir({
            clock,
            host: options.host,
            port: portOf(options.port),
            link: linkNamed(options.link),
            faults: faultsOf(options, config.seed),
          });
          output.data('serving', { url: server.url }, `The air is at ${server.url}`);
          await untilAborted(signal);
          await server.close();
          return stopped('The air is gone.');
        },
      ),
    );
  examples(serve, [
    'doorlab radio serve',
    'doorlab radio serve --port 0 --json',
    'doorlab radio serve --link 2m    # as fast as a real 2M link, no faster',
    'doorlab radio serve --link 2m --loss 10 --drop-at 200 --seed 7',
  ]);
}

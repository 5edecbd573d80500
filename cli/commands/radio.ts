// `doorlab radio serve`: the air in which locks and couriers of several processes meet.
import { Option, type Command } from 'commander';
import type { Host } from '../context.ts';
import { faultHelp } from '../fault-words.ts';
import { AIR_PORT } from '../open-radio.ts';
import { examples } from '../program.ts';
import type { ServeOptions } from '../radio-run.ts';

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
    .option(
      '--h4 <where...>',
      'offer controllers to foreign hosts too: tcp:PORT (on loopback), tcp:HOST:PORT or unix:PATH',
    )
    .option(
      '--noble-ws',
      'let unmodified noble programs in, run with NOBLE_WEBSOCKET=1 (port 2846 of loopback)',
    )
    .option('--fault <faults>', 'what goes wrong, by commas: see below; --seed repeats it')
    .action(
      host.action<ServeOptions>({ deadlineMs: 'none' }, async (context, options) => {
        const { serveRadio } = await import('../radio-run.ts');
        return serveRadio(context, options);
      }),
    );
  serve.addHelpText('after', `\nFaults:\n${faultHelp()}`);
  examples(serve, [
    'doorlab radio serve',
    'doorlab radio serve --port 0 --json',
    'doorlab radio serve --link 2m    # as fast as a real 2M link, no faster',
    'doorlab radio serve --link 2m --fault loss=10%,disconnect=every:20KiB --seed 7',
    'doorlab radio serve --h4 unix:/run/user/1000/hci    # for Bumble, Zephyr or btattach',
    'doorlab radio serve --noble-ws    # then: NOBLE_WEBSOCKET=1 node your-noble-program.js',
    'doorlab radio serve --btsnoop air.btsnoop    # then: btmon -r air.btsnoop',
  ]);
}

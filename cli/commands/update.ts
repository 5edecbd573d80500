// Firmware of locks: `doorlab cloud firmware` signs an image, `doorlab update` brings it to doors.
import { Option, type Command } from 'commander';
import type { Host } from '../context.ts';
import { examples } from '../program.ts';
import type { FirmwareOptions } from '../firmware-run.ts';
import type { UpdateOptions } from '../update-run.ts';

const SIGN_DEADLINE_MS = 60_000;
/** Doors one after another, each with its transfer, a restart and a trial. */
const UPDATE_DEADLINE_MS = 1_800_000;

export function register(program: Command, host: Host): void {
  const update = program
    .command('update <doors...>')
    .description('bring a signed firmware image to the locks of doors, and see that it comes up')
    .requiredOption('--image <file>', 'as doorlab cloud firmware wrote it')
    .option('--no-wait', 'end once the lock has it: it restarts into its trial by itself')
    .action(
      host.action<UpdateOptions>({ deadlineMs: UPDATE_DEADLINE_MS }, async (context, options, doors) => {
        const { update: run } = await import('../update-run.ts');
        return run(context, doors, options);
      }),
    );
  examples(update, [
    'doorlab update 4B --image lock-2.firmware',
    'doorlab update 4A 4B "Front Entrance" --image lock-2.firmware --no-wait',
  ]);
}

export function registerFirmware(cloud: Command, host: Host): void {
  const firmware = cloud
    .command('firmware [image]')
    .description('sign a firmware image for locks, with the firmware key in force')
    .addOption(
      new Option('--simulated <end>', 'make an image for simulated locks, by how its self test ends').choices(
        ['pass', 'fail', 'hang'],
      ),
    )
    .option('--number <n>', 'of the image: above all before it; of an image file, to be sure of it')
    .requiredOption('--out <file>', 'where the signed image goes')
    .option('--keys <folder>', 'the keys folder with the firmware key (default: keys in the data folder)')
    .action(
      host.action<FirmwareOptions>({ deadlineMs: SIGN_DEADLINE_MS }, async (context, options, [image]) => {
        const { signFirmwareImage } = await import('../firmware-run.ts');
        return signFirmwareImage(context, image, options);
      }),
    );
  examples(firmware, [
    'doorlab cloud firmware build/lock.image --out lock-2.firmware',
    'doorlab cloud firmware --simulated pass --number 2 --out lock-2.firmware',
    'doorlab cloud firmware build/lock.image --out lock-2.firmware --keys /media/safe/keys',
  ]);
}

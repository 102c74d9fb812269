import { run } from './program.ts';
import { VERSION } from './version.ts';

const offset = -new Date().getTimezoneOffset();
const two = (value: number): string => String(Math.floor(Math.abs(value))).padStart(2, '0');

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // It is another user's.
  }
}

process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(130));
process.stdout.on('error', () => process.exit(0)); // The reader of a pipe has gone.

// What an end before the answer would be: something that was waited for can never come.
process.exitCode = 13;
run(
  process.argv.slice(2),
  {
    env: process.env,
    cwd: process.cwd(),
    self: [process.execPath, process.argv[1] ?? ''],
    processes: { own: process.pid, isRunning },
    now: Date.now,
    zone: `${offset < 0 ? '-' : '+'}${two(offset / 60)}${two(offset % 60)}`,
    random: Math.random,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    atExit: (clean) => process.once('exit', clean),
    readStdin: async () => (await import('node:stream/consumers')).text(process.stdin),
    out: (content) => process.stdout.write(content),
    err: (content) => process.stderr.write(content),
    isOutTerminal: process.stdout.isTTY === true,
    isErrTerminal: process.stderr.isTTY === true,
  },
  VERSION,
).then((exitCode) => {
  process.exitCode = exitCode;
});

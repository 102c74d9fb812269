// Prints what `versions` returns when it is loaded: Nx runs it to find out whether what a task made still holds. Its
// arguments name the checkers of others that are asked for.
import { versions } from './versions.ts';

versions(process.env, process.cwd(), process.argv.slice(1)).then((text) => process.stdout.write(text));

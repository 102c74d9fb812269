// Prints what `versions` returns when it is loaded: Nx runs it to find out whether what a task made still holds.
import { versions } from './versions.ts';

versions(process.env, process.cwd()).then((text) => process.stdout.write(text));

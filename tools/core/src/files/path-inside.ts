import { EleventhError } from '../error.ts';
import { quoted } from '../names/names.ts';

/**
 * Returns a path of a state that is about to be written to disk, unless it leads out of the folder that it is put into:
 * then throws `FOREIGN_FILE`. A tree that is read from Git has no such path, and what is written does not rely on it.
 */
export function pathInside(path: string): string {
  const names = path.split(/[/\\]/);
  if (!names.some((name) => ['', '.', '..'].includes(name)) && !path.includes('\0')) return path;
  throw new EleventhError('FOREIGN_FILE', `${quoted(path)} would stand outside its folder, so nothing was run.`, {
    hint: 'git log -- <that path> says who put it there; git revert takes it out.',
    details: { path },
  });
}

import { execFileSync } from 'node:child_process';

export const KUBECTL = process.env.KUBECTL ?? 'kubectl';

/** Returns whether there is a kubectl to try things with. */
export function hasKubectl(): boolean {
  try {
    execFileSync(KUBECTL, ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

import { isPath } from '../repository-address.ts';

/**
 * Returns the address under which a key reaches a repository: SSH for one that is known over HTTPS, without a password
 * that stood in it; null for a folder, and for what can be no address.
 */
export function sshAddress(address: string): string | null {
  const plain = /^[\w.+~:/@%-]+$/;
  if (isPath(address) || !plain.test(address)) return null;
  if (!URL.canParse(address) || !address.includes('://')) return address;
  const url = new URL(address);
  if (url.protocol === 'file:') return null;
  if (url.protocol === 'ssh:') {
    url.password = '';
    return url.href;
  }
  // Another port is that of the web server, and says nothing of the other's.
  return `git@${url.hostname}:${url.pathname.replace(/^\/|\/$|(\.git)?\/?$/g, '')}.git`;
}

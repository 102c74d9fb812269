import { expect, test } from 'vitest';
import { sshAddress } from './ssh-address.ts';

test.each([
  ['git@git.example.com:bank/deploy.git', 'git@git.example.com:bank/deploy.git'],
  ['https://ada:secret@git.example.com:8443/bank/deploy.git', 'git@git.example.com:bank/deploy.git'],
  ['https://git.example.com/bank/deploy/', 'git@git.example.com:bank/deploy.git'],
  ['ssh://git:secret@git.example.com:2222/bank/deploy.git', 'ssh://git@git.example.com:2222/bank/deploy.git'],
  ['/srv/deploy.git', null],
  ['../deploy.git', null],
  ['file:///srv/deploy.git', null],
  ['git@git.example.com:$(id)/deploy.git', null],
  ['git@git.example.com:bank/deploy.git\n- evil', null],
])('a key reaches %s as %s', (address, expected) => {
  expect(sshAddress(address)).toBe(expected);
});

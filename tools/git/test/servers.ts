/** Real Git servers on the loopback, over each way that a deployment repository is reached. */
export { startApache } from './apache.ts';
export { onFirst, startHttpServer } from './http-server.ts';
export { startSshServer } from './ssh-server.ts';

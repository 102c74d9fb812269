/** Hosts on the loopback, for tests: one that plays GitHub or GitLab and holds both sides to what the host describes. */
export { type PlayedForge, startForge } from './played-host.ts';

/** Hosts on the loopback, for tests: one that plays GitHub or GitLab and holds both sides to what the host describes. */

/** A real Gitea, where one is installed. */
export { GITEA, type GiteaServer, startGitea } from './gitea-server.ts';
export { type PlayedForge, startForge } from './played-host.ts';

export type { People } from './drafts.ts';
export type { Result as DrainResult } from './drain.ts';
export { gitInFolder } from './folder-git.ts';
export type { Environment as GitEnvironment, GitResult } from './git-process.ts';
export { gitIdentity } from './identity.ts';
export { redact } from './redaction.ts';
export { Repository, type RepositoryOptions } from './repository.ts';
export type { Written } from './writer.ts';

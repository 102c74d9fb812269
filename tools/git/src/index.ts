export type { People } from './drafts.ts';
export { gitInFolder } from './folder-git.ts';
export type { Environment as GitEnvironment, GitResult } from './git-process.ts';
export { gitIdentity } from './identity.ts';
export { redact } from './redaction.ts';
export { Repository, type RepositoryOptions } from './repository.ts';
export type { Result as DrainResult } from './request-batch.ts';
export { gitSigner, type Signer } from './signer.ts';
export type { Written } from './writer.ts';

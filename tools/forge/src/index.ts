export type { Check, Forge, ForgeKind, NewRequest, Review, ReviewRequest } from './forge.ts';
export type { ForgeWorld } from './forge-world.ts';
export { openForge } from './open-forge.ts';
export type { HostProtection, Part } from './protect/host-protection.ts';
export { openProtection, type ProtectedRepository } from './protect/read-protection.ts';

export type { Check, Forge, ForgeKind, NewRequest, Review, ReviewRequest } from './forge.ts';
export { type ForgeWorld, openForge } from './open-forge.ts';

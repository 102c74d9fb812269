export type { Check, Forge, ForgeKind, NewRequest, Review, ReviewRequest } from './forge.ts';
export type { ForgeWorld } from './forge-world.ts';
export { openForge } from './open-forge.ts';

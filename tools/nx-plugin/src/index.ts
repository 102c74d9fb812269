export { createDependencies } from './dependencies.ts';
// The second name is the one by which Nx knew it before version 23.
export { createNodes, createNodes as createNodesV2 } from './nodes.ts';

export { type KubernetesObject, objectKey, parseObjects } from './objects/object.ts';
export type { Program } from './render/program.ts';
export { type Rendered, Renderer, type RendererOptions } from './render/render.ts';

export { buildProgram } from '../../tools/cli/src/program.ts';

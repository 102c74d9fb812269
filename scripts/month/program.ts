export { figuresOf } from '../../tools/git/test/month/figures.ts';
export { modesOf } from '../../tools/git/test/month/modes.ts';
export { live } from '../../tools/git/test/month/month.ts';
export { ASSUMED } from '../../tools/git/test/month/setting.ts';
export { startOf } from '../../tools/git/test/month/start.ts';

// Lives a month under one mode, in a thread of its own.
import { parentPort, workerData } from 'node:worker_threads';

const { program, setting, soak, index } = workerData;
const { figuresOf, live, modesOf, startOf } = await import(program);
parentPort.postMessage(figuresOf(await live(setting, modesOf(soak)[index], await startOf(setting))));

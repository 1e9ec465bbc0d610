import { main } from '../cli/main.ts';
import { nodeWorld } from './cliWorld.ts';

void main(nodeWorld(), process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});

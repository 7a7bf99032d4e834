import { afterAll, describe, expect, it } from '@jest/globals';
import { SETTINGS } from '../../server/config.ts';
import { cleanUp, startSalus } from './serverProcess.ts';

afterAll(cleanUp);

async function salus(args: string[], settings: Record<string, string> = {}) {
  const command = startSalus(args, settings);
  const code = await command.ended;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

describe('the command line', () => {
  it('prints help for itself and for every command, with exit codes', async () => {
    for (const args of [[], ['serve'], ['migrate'], ['import'], ['generate']]) {
      const { code, stdout, stderr } = await salus([...args, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('Usage: salus');
      expect(stdout).toContain('Exit codes:');
    }
  });

  it('lists every setting in the help of `serve`', async () => {
    const { stdout } = await salus(['serve', '--help']);
    for (const { name } of Object.values(SETTINGS)) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it('ends with 2 and one line for wrong usage', async () => {
    for (const [args, message] of [
      [['bogus'], "salus: unknown command 'bogus'\n"],
      [['import'], "salus: missing required argument 'path'\n"],
      [
        ['generate', '--patients', '0'],
        "salus: option '--patients <n>' argument '0' is invalid. It must be a whole number from 1.\n",
      ],
    ] as const) {
      expect(await salus([...args])).toEqual({ code: 2, stdout: '', stderr: message });
    }
  });

  it('ends with 2 and one line for each wrong setting', async () => {
    expect(await salus(['serve'], { PORT: 'x', WORKERS: 'y' })).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'salus: PORT: "x" is not a whole number from 0 to 65535\n' +
        'salus: WORKERS: "y" is not a whole number from 1 to 64\n',
    });
  });
});

import { describe, expect, it } from '@jest/globals';
import { wholeText } from '../../server/operations/operation.ts';

async function* chunks(...texts: string[]) {
  yield* texts;
}

describe('wholeText', () => {
  it('joins the pieces', async () => {
    expect(await wholeText(chunks('a', 'b'), 2)).toBe('ab');
  });

  it('refuses to grow beyond the limit', async () => {
    await expect(wholeText(chunks('a', 'b', 'c'), 2)).rejects.toMatchObject({ status: 413 });
  });
});

// Characters that cannot be seen and change what is: control characters, and those that turn the direction of a text (Unicode UAX #9).
// Marks that scripts need, such as U+200C in Persian or U+200F in Hebrew, are none of them; nor are tabs and line ends.

/** For a regular expression, between brackets. */
export const HIDDEN =
  '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u00ad\\u200b\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb';

const hidden = new RegExp(`[${HIDDEN}]`, 'u');

/** The first of them in a text, as `U+202E`. */
export function hiddenIn(text: string): string | undefined {
  const found = hidden.exec(text)?.[0];
  return found && `U+${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

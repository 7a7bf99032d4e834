// Values of FHIR search parameters made of plain text: characters that separate are escaped (search.html#escaping).

/** A text as a search value that means just this text. */
export const exactly = (text: string): string => text.replaceAll(/[\\,$|]/g, '\\$&');

/** The value of a token parameter. */
export const token = (system: string, code: string): string => `${exactly(system)}|${exactly(code)}`;

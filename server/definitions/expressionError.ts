// Why a search expression cannot be compiled, and where in it.

/** `position` is the offset in the expression, where one can be told. */
export class ExpressionError extends SyntaxError {
  readonly position: number | undefined;

  constructor(message: string, position?: number) {
    super(position === undefined ? message : `${message} (at character ${position})`);
    this.name = 'ExpressionError';
    this.position = position;
  }
}

// What is answered on a known path to a method that it does not take (RFC 9110 section 15.5.6).
import type { RequestHandler } from 'express';
import { refuse } from '../errors.ts';

/** Refuses whatever comes with 405; `Allow` names these methods, and HEAD where GET is. */
export function refuseMethod(methods: readonly string[]): RequestHandler {
  const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return ({ method }) => {
    const refusal = refuse(405, 'not-supported', `${method} is not possible here; possible: ${allow}.`);
    refusal.headers.Allow = allow;
    throw refusal;
  };
}

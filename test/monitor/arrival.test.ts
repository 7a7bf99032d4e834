// The order in which readings arrive does not matter: whoever writes them, whenever, scores and alerts come out the same, and
// asking again changes nothing.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../bundles/bundleSupport.ts';
import { queryRows } from '../support/rowCounts.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { activeAlerts, type Course, patientFacts, type Step, stepsOf } from './recount/course.ts';
import { expectResourcesToAgree, outcomeOf } from './recount/outcome.ts';
import { admit, untilFollowedUp, untilShipped } from './ward.ts';

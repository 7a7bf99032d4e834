// Words for what is observed and not measured: consciousness (ACVPU), respiratory effort, air or oxygen. The codes are those
// that early-warning scores understand (vitals/scores/readingCodes.ts).
import { snomed } from '../../vitals/scores/readingCodes.ts';
import type { Code } from '../../vitals/vitalSign.ts';

/** A coded answer and the words that mean it, without regard to case and blanks. */
export interface Answer extends Code {
  readonly display: string;
  readonly words: readonly string[];
}

const answer = (code: string, display: string, ...words: string[]): Answer => ({
  ...{ system: snomed, code, display, words: [...words, display] },
});

/** What may be answered. */
export const answersTo = {
  consciousness: [
    answer('248234008', 'Mentally alert', 'a', 'alert', 'awake'),
    answer('130987000', 'Acute confusion', 'c', 'confused', 'confusion', 'new confusion'),
    answer('300202002', 'Responds to voice', 'v', 'voice', 'verbal'),
    answer('450847001', 'Responds to pain', 'p', 'pain', 'painful'),
    answer('422768004', 'Unresponsive', 'u', 'unconscious'),
  ],
  effort: [
    answer('260413007', 'None', 'none', 'normal'),
    answer('255604002', 'Mild'),
    answer('6736007', 'Moderate'),
    answer('24484000', 'Severe'),
  ],
  oxygen: [
    answer('722742002', 'Breathing room air', 'air', 'room air', 'no', 'false'),
    answer('371825009', 'Patient on oxygen', 'oxygen', 'on oxygen', 'yes', 'true'),
    answer(
      '870533002',
      'Heated and humidified high flow oxygen therapy',
      'high flow',
      'high flow oxygen',
      'hfno',
      'hfnc',
    ),
    answer('47545007', 'Continuous positive airway pressure ventilation treatment', 'cpap'),
    answer('243142003', 'Dual pressure spontaneous ventilation support', 'bipap'),
  ],
} satisfies Record<string, readonly Answer[]>;

/** The events of a file, and which of them a record belongs to. */
import type { EventAttribute } from './eventAttribute.ts';
import { IdTable, NO_ID } from './idTable.ts';
import type { RecordView } from './recordWalker.ts';
import {
  ABSENT,
  sampleLayout,
  trailerLayout,
  type SampleLayout,
  type TrailerLayout,
} from './sampleLayout.ts';

export const UNKNOWN_EVENT = -1;

/**
 * Attributes in file order with the ids of the events that were opened from them: one id per CPU and thread. A pipe adds
 * them as it goes on.
 */
export class EventTable {
  readonly attributes: EventAttribute[] = [];
  readonly sampleLayouts: SampleLayout[] = [];
  readonly trailerLayouts: TrailerLayout[] = [];
  readonly ids = new IdTable();
  /** The events' records do not place their ids alike: records cannot be told apart and all go to the first event. */
  isAmbiguous = false;
  /** Row in {@link ids} of the record last asked about, or NO_ID. */
  lastIdRow = NO_ID;

  readonly #lowWord: number;
  readonly #highWord: number;

  constructor(littleEndian: boolean) {
    this.#lowWord = littleEndian ? 0 : 1;
    this.#highWord = 1 - this.#lowWord;
  }

  add(attribute: EventAttribute, ids: readonly bigint[]): void {
    const event = this.attributes.push(attribute) - 1;
    this.sampleLayouts.push(sampleLayout(attribute));
    this.trailerLayouts.push(trailerLayout(attribute));
    for (const id of ids) this.ids.set(id, event);
    const idPlace = this.sampleLayouts[0].id;
    this.isAmbiguous =
      this.attributes.length > 1 &&
      (idPlace === ABSENT || this.sampleLayouts.some((layout) => layout.id !== idPlace));
  }

  /** The event of a SAMPLE record; {@link UNKNOWN_EVENT} when nothing has its id. */
  eventOfSample(record: RecordView): number {
    const layouts = this.sampleLayouts;
    if (layouts.length === 0) return UNKNOWN_EVENT;
    const idPlace = layouts[0].id;
    this.lastIdRow = NO_ID;
    if (idPlace === ABSENT || this.isAmbiguous || record.size < (idPlace + 2) * 4) {
      return idPlace === ABSENT || this.isAmbiguous ? 0 : UNKNOWN_EVENT;
    }
    return this.#eventOfId(record, record.word + idPlace);
  }

  /** The event of any other kernel record, by the id at its end; the first event for records that perf made up itself. */
  eventOfOther(record: RecordView): number {
    const layouts = this.trailerLayouts;
    if (layouts.length === 0) return UNKNOWN_EVENT;
    this.lastIdRow = NO_ID;
    const { words, id } = layouts[0];
    if (id === ABSENT || this.isAmbiguous || layouts.length === 1) return 0;
    const recordWords = record.size >>> 2;
    // Events may differ in the other fields of the trailer, but its id is counted from the end: IDENTIFIER is last.
    const fromEnd = words - id;
    if (recordWords < 2 + fromEnd) return UNKNOWN_EVENT;
    return this.#eventOfId(record, record.word + recordWords - fromEnd);
  }

  #eventOfId(record: RecordView, at: number): number {
    const low = record.words[at + this.#lowWord];
    const high = record.words[at + this.#highWord];
    const row = this.ids.find(low, high);
    this.lastIdRow = row;
    if (row !== NO_ID) return this.ids.eventOf(row);
    // One event owns every record, also those of ids that were opened later (threads, hot-plugged CPUs).
    return this.attributes.length === 1 || (low === 0 && high === 0) ? 0 : UNKNOWN_EVENT;
  }
}

/**
 * Channel annotations to spans. A text on a channel of a thread begins a span and ends the one before it; an empty text
 * ends it only. Spans of one channel do not nest; programs nest by using several channels.
 */
import type { ProfileBuilder } from '../../profile/builder.ts';
import type { Nanoseconds } from '../../profile/types.ts';
import type { ThreadDirectory } from './threads.ts';

interface Channel {
  pid: number;
  tid: number;
  /** Row of the Profile's channels; -1 until something was shown on it. */
  row: number;
  group: number;
  channel: number;
  name: string;
  /** What is shown now; null for nothing. */
  open: { startNs: Nanoseconds; text: string } | null;
}

/** The channels of all threads. Names may come after the first text; they are filled in at the end. */
export class OpenSpans {
  readonly #builder: ProfileBuilder;
  readonly #threads: ThreadDirectory;
  readonly #channels = new Map<string, Channel>();
  readonly #groupNames = new Map<string, string>();

  constructor(builder: ProfileBuilder, threads: ThreadDirectory) {
    this.#builder = builder;
    this.#threads = threads;
  }

  /** A text on a channel; empty to end what is shown. */
  text(pid: number, tid: number, channelNumber: number, timeNs: Nanoseconds, text: string): void {
    this.#show(this.#channel(pid, tid, channelNumber), timeNs, text);
  }

  nameChannel(pid: number, tid: number, channelNumber: number, group: number, name: string): void {
    const channel = this.#channel(pid, tid, channelNumber);
    channel.group = group;
    channel.name = name;
  }

  nameGroup(pid: number, tid: number, group: number, name: string): void {
    this.#groupNames.set(groupKey(pid, tid, group), name);
  }

  /** A named activity of a thread, which has a channel to itself; empty for none. */
  activity(pid: number, tid: number, id: number, title: string, timeNs: Nanoseconds, text: string): void {
    const key = `${pid} ${tid} activity ${id}`;
    let channel = this.#channels.get(key);
    if (!channel) {
      channel = { pid, tid, row: -1, group: 0, channel: id, name: title, open: null };
      this.#channels.set(key, channel);
    }
    this.#show(channel, timeNs, text);
  }

  /** Ends what is open, with an end that is estimated, and fills in names. */
  finish(captureEndNs: Nanoseconds): void {
    for (const channel of this.#channels.values()) {
      if (channel.open)
        this.#end(channel, this.#threads.endOf(channel.pid, channel.tid) ?? captureEndNs, true);
      if (channel.row < 0) continue;
      const row = this.#builder.spanChannels[channel.row];
      row.group = channel.group;
      row.name = channel.name;
      row.groupName = this.#groupNames.get(groupKey(channel.pid, channel.tid, channel.group)) ?? '';
    }
  }

  #show(channel: Channel, timeNs: Nanoseconds, text: string): void {
    this.#end(channel, timeNs, false);
    if (text === '') return;
    if (channel.row < 0) {
      const { pid, tid, group, name } = channel;
      const thread = this.#threads.row(pid, tid);
      channel.row =
        this.#builder.spanChannels.push({
          thread,
          group,
          groupName: '',
          channel: channel.channel,
          name,
        }) - 1;
    }
    channel.open = { startNs: timeNs, text };
  }

  #end(channel: Channel, timeNs: Nanoseconds, isEstimated: boolean): void {
    const { open } = channel;
    if (!open) return;
    channel.open = null;
    this.#builder.addSpan(open.startNs, Math.max(open.startNs, timeNs), channel.row, open.text, isEstimated);
  }

  #channel(pid: number, tid: number, channelNumber: number): Channel {
    const key = `${pid} ${tid} ${channelNumber}`;
    let channel = this.#channels.get(key);
    if (!channel) {
      channel = { pid, tid, row: -1, group: 0, channel: channelNumber, name: '', open: null };
      this.#channels.set(key, channel);
    }
    return channel;
  }
}

function groupKey(pid: number, tid: number, group: number): string {
  return `${pid} ${tid} ${group}`;
}

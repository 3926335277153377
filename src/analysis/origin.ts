/** What a run's origin allows to say about time. */
import type { Profile } from '../profile/types.ts';

/** True when times of the run are times of hardware: only then may a sentence speak of speed. */
export function timeIsHardwareTime(profile: Pick<Profile, 'origin'>): boolean {
  return profile.origin.value === 'hardware' || profile.origin.value === 'vm';
}

/** ` of emulated time`: what follows a duration in a sentence; empty for hardware. */
export function ofTime(profile: Pick<Profile, 'origin'>): string {
  return timeIsHardwareTime(profile) ? '' : ` of ${profile.origin.value ?? 'recorded'} time`;
}

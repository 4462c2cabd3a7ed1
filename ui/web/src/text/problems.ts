// One sentence for people for everything that can go wrong.

import { Refused, Unreachable } from '../api/errors';
import type { Failure, ProviderTest, Slug, Trouble } from '../api/types';
import type { TextKey } from './en';
import { t } from './language.svelte';

// All that the box can say; the wait of `too-many-attempts` is counted.
const bySlug: Record<Exclude<Slug, 'too-many-attempts'>, TextKey> = {
  'invalid-request': 'problem_misunderstood',
  'message-invalid': 'problem_misunderstood',
  'value-missing': 'problem_misunderstood',
  'method-not-allowed': 'problem_misunderstood',
  'upgrade-required': 'problem_misunderstood',
  'not-a-screen': 'problem_misunderstood',
  'not-found': 'problem_nothing_here',
  'too-large': 'problem_too_long',
  timeout: 'problem_slow',
  'range-unsatisfiable': 'problem_source_gone',
  'host-refused': 'problem_host',
  'origin-refused': 'problem_origin',
  'not-local': 'problem_not_local',
  'token-missing': 'problem_unpaired',
  'token-invalid': 'problem_unpaired',
  'refresh-invalid': 'problem_unpaired',
  'pin-wrong': 'problem_pin_wrong',
  'pin-not-shown': 'problem_pin_hidden',
  'sign-in-wrong': 'problem_sign_in',
  'register-refused': 'problem_register',
  'name-taken': 'problem_name_taken',
  'title-unknown': 'problem_title',
  'episode-unknown': 'problem_episode',
  'person-unknown': 'problem_person',
  'source-unknown': 'problem_source_gone',
  'screen-unknown': 'problem_screen',
  'screen-away': 'problem_screen',
  'session-unknown': 'problem_session',
  'device-unknown': 'problem_device',
  'provider-unknown': 'problem_provider',
  'provider-fixed': 'problem_provider_fixed',
  'provider-taken': 'problem_provider_taken',
  'provider-address': 'problem_provider_address',
  'provider-key': 'problem_provider_key',
  'provider-unconfigured': 'problem_provider_unconfigured',
  'link-unreadable': 'problem_link',
  'link-of-addon': 'problem_link_addon',
  'link-private': 'problem_link_private',
  'link-empty': 'problem_link_empty',
  'file-not-understood': 'problem_file',
  'given-elsewhere': 'problem_given_elsewhere',
  'given-without-episode': 'problem_given_episode',
  'given-full': 'problem_given_full',
  'given-unknown': 'problem_given_gone',
  'not-giver': 'problem_not_giver',
  'stream-expired': 'problem_expired',
  'no-sources': 'problem_no_sources',
  'no-source-plays': 'problem_no_source',
  'no-other-source': 'problem_no_other',
  'nothing-plays': 'problem_nothing',
  'stale-revision': 'problem_moved',
  superseded: 'problem_superseded',
  'subtitles-unknown': 'problem_subtitles',
  'subtitles-unreadable': 'problem_subtitles',
  'subtitles-quota': 'problem_subtitles_quota',
  'subtitles-sign-in': 'problem_subtitles_sign_in',
  'no-subtitle-provider': 'problem_subtitles_provider',
  skipped: 'failure_skipped',
  starved: 'failure_starved',
  'source-gone': 'failure_gone',
  'source-refused': 'failure_refused',
  'source-unreachable': 'failure_silent',
  'source-unusable': 'failure_unusable',
  'only-a-page': 'failure_page',
  'no-peers': 'failure_no_peers',
  'no-video': 'failure_no_video',
  'torrent-bad': 'failure_torrent',
  'torrent-failed': 'failure_torrent_start',
  'torrents-stopped': 'failure_torrents_stopped',
  'codec-unsupported': 'failure_codec',
  'media-unreadable': 'failure_unreadable',
  'media-protected': 'failure_protected',
  'player-failed': 'failure_player',
  'cut-short': 'failure_cut',
  'wrong-length': 'failure_length',
  'screen-died': 'failure_screen',
  'disk-full': 'problem_full',
  'disk-read-only': 'problem_read_only',
  'shutting-down': 'problem_ending',
  'store-failed': 'problem_data',
  internal: 'problem_inside',
  'not-owner': 'problem_not_owner',
  'device-missing': 'not_a_box',
  'device-denied': 'problem_denied',
  'update-unknown': 'problem_update_gone',
  'update-busy': 'problem_update_busy',
  'update-on-trial': 'problem_update_trial',
  'update-interrupted': 'problem_update_cut',
  'update-disk-failed': 'problem_disk',
  'bundle-unsigned': 'problem_unsigned',
  'bundle-untrusted': 'problem_unsigned',
  'channel-unsigned': 'problem_unsigned',
  'bundle-damaged': 'problem_damaged',
  'bundle-swapped': 'problem_damaged',
  'bundle-plain': 'problem_format',
  'bundle-older': 'problem_older',
  'bundle-same': 'problem_same',
  'bundle-wrong-board': 'problem_board',
  'bundle-unreachable': 'problem_update_server',
  'channel-unreachable': 'problem_update_server',
  'channel-replayed': 'problem_replayed',
  'channel-expired': 'problem_channel_expired',
  'channel-unreadable': 'problem_channel',
  'channel-key-missing': 'problem_channel',
  'wifi-password-wrong': 'problem_wifi_password',
  'wifi-password-length': 'problem_wifi_length',
  'wifi-unknown': 'problem_wifi_gone',
  'wifi-unsupported': 'wifi_unsupported',
  'wifi-no-address': 'problem_wifi_address',
  'wifi-failed': 'problem_wifi_failed',
  'wifi-password-needed': 'problem_wifi_needed',
  'wifi-missing': 'problem_wifi_missing',
  'time-zone-unknown': 'problem_time_zone',
  'device-failed': 'problem_system',
  'update-failed': 'problem_update_failed',
  'service-key-wrong': 'problem_service_key',
  'service-unreachable': 'problem_service_away',
  'service-slow': 'problem_service_slow',
  'service-busy': 'problem_service_busy',
  'service-changed': 'problem_service_changed',
  'service-failed': 'problem_service_failed',
  'bundle-version-unreadable': 'problem_version',
};

/** Nothing for a word of a newer box. */
function known(slug: string): string | undefined {
  const keys: Record<string, TextKey | undefined> = bySlug;
  const key = keys[slug];
  return key && t(key);
}

export function problemText(error: unknown): string {
  if (error instanceof Unreachable) return t('problem_unreachable');
  if (!(error instanceof Refused)) return t('problem_other', { detail: String(error) });
  if (error.slug === 'too-many-attempts') {
    return t('problem_wait', { count: error.retryAfterS ?? 60 });
  }
  const text = known(error.slug) ?? t('problem_other', { detail: error.detail });
  return text.replace(/\.?$/, '.');
}

/** Why a source was left, and what came of it. */
export function failureText(failure: Failure, then: 'another' | 'none'): string {
  const why = (known(failure.reason) ?? failure.detail).replace(/[.\s]+$/, '');
  return t(then === 'another' ? 'failure_another' : 'failure_none', { why });
}

/** Why a service does not answer, or does not give what was chosen. */
export function serviceText(failure: Failure): string {
  return known(failure.reason) ?? t('problem_other', { detail: failure.detail });
}

/** What came of asking a provider just to see. */
export function testText({ ok, reason, detail }: ProviderTest): string {
  if (ok) return t('provider_works');
  return (reason && known(reason)) ?? t('problem_other', { detail });
}

/** What an update was refused for, or failed at. */
export function troubleText(trouble: Trouble): string {
  return known(trouble.slug) ?? t('problem_other', { detail: trouble.detail });
}

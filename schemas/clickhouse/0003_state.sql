-- What a restart reads. A part of the table state belongs to one Kafka partition and is one insert: the states of a cut and the position
-- behind it come together or not at all. Readers take the newest version of a key first (FINAL, or the highest version) and only then look
-- at what it says.

CREATE TABLE IF NOT EXISTS state
(
    partition   Int32 COMMENT 'Kafka partition',
    k           UUID COMMENT 'First 128 bits of the SHA-256 of the Kafka key, or of the word position or archive',
    kind        LowCardinality(String) COMMENT 'conversation, agent, team; position or archive: how far the fold or the archive of the partition is',
    company     LowCardinality(String) COMMENT 'Company; empty in positions',
    team        LowCardinality(String) COMMENT 'Team of a conversation',
    owner       LowCardinality(String) COMMENT 'Owner of a conversation',
    channel     LowCardinality(String) COMMENT 'Channel of a conversation',
    queue       LowCardinality(String) COMMENT 'Queue of a conversation',
    priority    LowCardinality(String) COMMENT 'Priority of a conversation',
    open        Bool COMMENT 'The conversation is open',
    hot         FixedString(64) COMMENT 'What gauges need, as the fold packs it; in positions see the view positions',
    rest        String COMMENT 'All else that the fold knows, with the version of its codec inside',
    appended_at DateTime64(3, 'UTC') COMMENT 'When the log took the newest record of the key',
    stored_at   DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row was stored',
    version     UInt64 COMMENT 'Generation and offset of the newest record seen; higher replaces lower',
    is_deleted  UInt8 COMMENT '1: nothing is known of the key any more'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY partition
ORDER BY (partition, k)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'State of the fold by Kafka key, and how far each partition is';

CREATE TABLE IF NOT EXISTS settings
(
    company        LowCardinality(String) COMMENT 'Company; empty: of companies that have no settings of their own',
    effective_from DateTime64(3, 'UTC') COMMENT 'Events that occurred from here on are read with these settings',
    zone           LowCardinality(String) COMMENT 'IANA zone that days are counted in',
    hours          String COMMENT 'Business hours, such as Mon-Fri 09:00-17:00; 2026-12-25; empty: none, all time counts',
    team_hours     String COMMENT 'Business hours of teams that have their own, such as {"billing":"Mon-Fri 08:00-20:00"}; the others have those of the company',
    recorded_at    DateTime64(3, 'UTC') COMMENT 'When it was recorded; the first one stays',
    stored_at      DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this row was stored',
    version        UInt64 COMMENT 'Complement of the milliseconds of recorded_at: what was recorded first stays',
    is_deleted     UInt8 COMMENT 'Always 0 here'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (company, effective_from)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'Settings of companies that the fold reads, by the moment from which they hold. A row never changes';

CREATE OR REPLACE VIEW positions
(
    partition     Int32 COMMENT 'Kafka partition',
    kind          LowCardinality(String) COMMENT 'position of the fold, or archive: of events and rejects',
    generation    UInt16 COMMENT 'Generation of the rows',
    next_offset   Int64 COMMENT 'All records below this offset are in the tables',
    leader_epoch  Int32 COMMENT 'Leader epoch of the last of them, -1 if not known',
    topic_id      String COMMENT 'Id of the topic, as the tools of Kafka show it',
    partitions    Int32 COMMENT 'Partitions that the topic had',
    settings_hash UInt64 COMMENT 'Hash of the settings that the fold reads',
    settings_at   DateTime64(3, 'UTC') COMMENT 'Settings in force up to here are in the hash',
    appended_at   DateTime64(3, 'UTC') COMMENT 'When the log took the last record',
    stored_at     DateTime64(3, 'UTC') COMMENT 'When the position was stored'
)
AS SELECT
    partition, kind, reinterpretAsUInt16(substring(hot, 49, 2)) AS generation, reinterpretAsInt64(substring(hot, 1, 8)) AS next_offset,
    reinterpretAsInt32(substring(hot, 41, 4)) AS leader_epoch, base64URLEncode(substring(hot, 9, 16)) AS topic_id,
    reinterpretAsInt32(substring(hot, 45, 4)) AS partitions, reinterpretAsUInt64(substring(hot, 25, 8)) AS settings_hash,
    fromUnixTimestamp64Milli(reinterpretAsInt64(substring(hot, 33, 8)), 'UTC') AS settings_at, appended_at, stored_at
FROM state FINAL
WHERE k IN (toUUID('5a452459-503b-e70d-2ed2-fca46dd91e05'), toUUID('0eb3e36b-fb24-dcd9-bb1d-1bece1531216')) AND kind IN ('position', 'archive')
COMMENT 'How far each Kafka partition is in the tables';

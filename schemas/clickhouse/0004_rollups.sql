-- Months of history. A company day that has ended is summed up from the facts; a late event that changes what it counts makes it again.
-- The rows of a day are written under a run of their own, and they count from the moment in which rollup_days names that run.

CREATE TABLE IF NOT EXISTS rollups
(
    company      LowCardinality(String) COMMENT 'Company',
    company_day  Date32 COMMENT 'Calendar day in the zone of the company; it has ended',
    run          UInt64 COMMENT 'Run that wrote the row; it counts if rollup_days names it',
    metric       LowCardinality(String) COMMENT 'What is counted: a key of the table definitions',
    hour_start   DateTime64(3, 'UTC') COMMENT 'Start of the local hour',
    kind         LowCardinality(String) COMMENT 'Kind of what is counted; the view samples tells which',
    reason       LowCardinality(String) COMMENT 'Reason likewise',
    team         LowCardinality(String) COMMENT 'Team of the conversation at that moment; empty without one, also if its owner has one',
    owner        String COMMENT 'Whom it belongs to: who replied, held or gave it away, else the owner',
    owner_kind   LowCardinality(String) COMMENT 'human or ai',
    channel      LowCardinality(String) COMMENT 'First channel of the episode',
    priority     LowCardinality(String) COMMENT 'Priority',
    count        UInt64 COMMENT 'How many',
    sum_ms       Int64 COMMENT 'Sum of their milliseconds; 0 of what has no duration',
    business_ms  Int64 COMMENT 'The same within business hours',
    max_ms       Int64 COMMENT 'The longest',
    bins         Map(Int16, UInt64) COMMENT 'How many by bin of the exponential grid: bin b holds more than 2^((b-1)/32) and up to 2^(b/32) seconds, bin -320 holds 0'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(company_day)
ORDER BY (company, company_day, run, metric, hour_start)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'What was counted in an hour of a company day that has ended, by team, owner, channel and priority. Read it through hourly and daily';

CREATE TABLE IF NOT EXISTS rollup_members
(
    company         LowCardinality(String) COMMENT 'Company',
    conversation_id String COMMENT 'Conversation',
    company_day     Date32 COMMENT 'A company day that it counts in',
    hash            UInt64 COMMENT 'Of everything that it counts with on that day',
    run             UInt64 COMMENT 'Run that read it so; higher replaces lower'
)
ENGINE = ReplacingMergeTree(run)
ORDER BY (company, conversation_id, company_day)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'What each conversation gave to the rollups of a day: so a day is made again if, and only if, that is no longer so';

CREATE TABLE IF NOT EXISTS rollup_days
(
    company     LowCardinality(String) COMMENT 'Company',
    company_day Date32 COMMENT 'Company day whose rollups are whole',
    run         UInt64 COMMENT 'The run that counts; higher replaces lower',
    made_at     DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When its rows were there'
)
ENGINE = ReplacingMergeTree(run)
ORDER BY (company, company_day)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'Which run of the rollups counts for a company day'

CREATE TABLE IF NOT EXISTS rollup_checks
(
    checked_at DateTime64(3, 'UTC') COMMENT 'Facts that were stored before this moment are in the rollups, or their day is not made yet; the highest counts'
)
ENGINE = ReplacingMergeTree(checked_at)
ORDER BY tuple()
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'How far facts were looked at for days that are to be made again'

CREATE OR REPLACE VIEW samples
(
    company         LowCardinality(String) COMMENT 'Company',
    conversation_id String COMMENT 'Conversation',
    company_day     Date32 COMMENT 'Company day that it counts in: of the reply, of the close, of the end, of the activity',
    first_day       Date32 COMMENT 'No sample of the row that it was made of is on an earlier day',
    last_day        Date32 COMMENT 'Nor on a later one',
    hour_start      DateTime64(3, 'UTC') COMMENT 'Start of the local hour',
    metric          LowCardinality(String) COMMENT 'What is counted: a key of the table definitions',
    kind            LowCardinality(String) COMMENT 'Episode: new or reopened (first responses). Wait: first or next (replies). Hold: owner, joined, unowned or after_contact. agent, team or queue (transfers). join, takeover or tier (escalations). transferred, escalated or both (handled_closes). Author: customer, human, ai or automation (counted_messages)',
    reason          LowCardinality(String) COMMENT 'Of a close, of a transfer; what began an initiated conversation',
    team            LowCardinality(String) COMMENT 'Team of the conversation at the reply, the close, the transfer, the escalation, when the hold began, at the end of the day (conversations, messages); empty without one, also if its owner has one',
    owner           String COMMENT 'Whom it belongs to: who replied, held or gave it away, else the owner',
    owner_kind      LowCardinality(String) COMMENT 'human or ai',
    channel         LowCardinality(String) COMMENT 'First channel of the episode; that of the first message of initiated conversations',
    priority        LowCardinality(String) COMMENT 'Priority likewise; of first responses, transfers and escalations that of the episode, now or at its close',
    count           UInt64 COMMENT 'How many: 1, but of counted_messages',
    ms              Nullable(Int64) COMMENT 'Its milliseconds; null of what has no duration',
    business_ms     Nullable(Int64) COMMENT 'The same within business hours'
)
AS SELECT
    s.company AS company, s.conversation_id AS conversation_id, s.company_day AS company_day, s.first_day AS first_day, s.last_day AS last_day,
    greatest(arrayLast(h -> h <= s.at, c.hour_starts), c.from_utc) AS hour_start, s.metric AS metric, s.kind AS kind, s.reason AS reason,
    s.team AS team, s.owner AS owner, s.owner_kind AS owner_kind, s.channel AS channel, s.priority AS priority, s.count AS count, s.ms AS ms, s.business_ms AS business_ms
FROM
(
    SELECT company, conversation_id, assumeNotNull(one.1) AS company_day, opened_day AS first_day, ifNull(closed_day, toDate32('2299-12-31')) AS last_day, assumeNotNull(one.2) AS at, one.3 AS metric,
        one.4 AS kind, one.5 AS reason, one.6 AS team, one.7 AS owner, one.8 AS owner_kind, channel, priority, toUInt64(1) AS count, one.9 AS ms, one.10 AS business_ms
    FROM
    (
        SELECT company, conversation_id, opened_day, closed_day, channel, priority, arrayJoin(arrayFilter(x -> isNotNull(x.1), CAST(arrayConcat(
            [
                (first_response_day, first_response_at, 'first_response_seconds', kind, '', first_response_team, first_responder, first_responder_kind, first_response_ms, first_response_business_ms),
                (human_first_response_day, human_first_response_at, 'human_first_response_seconds', kind, '', human_first_response_team, human_first_responder, 'human', human_first_response_ms, human_first_response_business_ms),
                (human_first_response_from_start_day, human_first_response_from_start_at, 'human_first_response_from_start_seconds', kind, '', human_first_response_from_start_team, human_first_responder_from_start, 'human', human_first_response_from_start_ms, human_first_response_from_start_business_ms),
                (agent_first_response_day, agent_first_response_at, 'agent_first_response_seconds', kind, '', agent_first_response_team, agent_first_responder, 'human', agent_first_response_ms, agent_first_response_business_ms),
                (closed_day, closed_at, 'closes', '', close_reason, team, owner, owner_kind, NULL, NULL),
                (if(closed_unanswered, closed_day, NULL), closed_at, 'closes_unanswered', '', close_reason, team, owner, owner_kind, NULL, NULL),
                (if(is_handled, closed_day, NULL), closed_at, 'handled_closes', multiIf(empty(transfers.at) AND empty(escalations.at), '', empty(escalations.at), 'transferred', empty(transfers.at), 'escalated', 'both'), close_reason, team, owner, owner_kind, NULL, NULL),
                (if(isNull(open_ms), NULL, closed_day), closed_at, 'open_seconds', '', close_reason, team, owner, owner_kind, open_ms, open_business_ms),
                (if(isNull(open_active_ms), NULL, closed_day), closed_at, 'open_active_seconds', '', close_reason, team, owner, owner_kind, open_active_ms, open_active_business_ms),
                (if(isNull(handle_ms), NULL, closed_day), closed_at, 'handle_seconds', '', close_reason, team, owner, owner_kind, handle_ms, handle_business_ms),
                (if(isNull(active_handle_ms), NULL, closed_day), closed_at, 'active_handle_seconds', '', close_reason, team, owner, owner_kind, active_handle_ms, active_handle_business_ms),
                (if(isNull(after_contact_ms), NULL, closed_day), closed_at, 'after_contact_seconds', '', close_reason, team, owner, owner_kind, after_contact_ms, after_contact_business_ms),
                (if(isNull(ai_handle_ms), NULL, closed_day), closed_at, 'ai_handle_seconds', '', close_reason, team, owner, owner_kind, ai_handle_ms, ai_handle_business_ms)
            ],
            arrayMap((day, at, kind, reason, team, owner) -> (day, at, 'transfers', kind, reason, team, owner, '', NULL, NULL),
                transfers.company_day, transfers.at, transfers.kind, transfers.reason, transfers.from_team, transfers.from_agent),
            arrayMap((day, at, kind, team, owner) -> (day, at, 'escalations', kind, '', team, owner, '', NULL, NULL),
                escalations.company_day, escalations.at, escalations.kind, escalations.team, escalations.owner)),
            'Array(Tuple(Nullable(Date32), Nullable(DateTime64(3, \'UTC\')), String, String, String, String, String, String, Nullable(Int64), Nullable(Int64)))'))) AS one
        FROM episodes FINAL
    )
    UNION ALL
    SELECT company, conversation_id, company_day, company_day, company_day, replied_at, if(waits_for = 'any', 'reply_seconds', 'human_reply_seconds'),
        stage, '', team, responder, responder_kind, channel, priority, toUInt64(1), reply_ms, reply_business_ms
    FROM replies FINAL
    UNION ALL
    SELECT company, conversation_id, assumeNotNull(one.1), started_day, ifNull(ended_day, toDate32('2299-12-31')), assumeNotNull(one.2), one.3, kind, '', team, agent_id, 'human', channel, priority, toUInt64(1), one.4, one.5
    FROM
    (
        SELECT company, conversation_id, started_day, ended_day, kind, team, agent_id, channel, priority, arrayJoin(arrayFilter(x -> isNotNull(x.1),
            [
                (ended_day, ended_at, 'hold_seconds', held_ms, held_business_ms),
                (first_reply_day, first_reply_at, 'accept_to_reply_seconds', accept_to_reply_ms, accept_to_reply_business_ms)
            ])) AS one
        FROM holds FINAL
    )
    UNION ALL
    SELECT company, conversation_id, company_day, company_day, company_day, assumeNotNull(one.1), one.2, one.3, one.4, team, owner, owner_kind, one.5, priority, toUInt64(one.6), NULL, NULL
    FROM
    (
        SELECT company, conversation_id, company_day, team, owner, owner_kind, priority, arrayJoin(arrayFilter(x -> isNotNull(x.1) AND x.6 > 0,
            [
                (toNullable(first_message_at), 'conversations_active', '', '', channel, toUInt32(1)),
                (initiated_at, 'conversations_initiated', '', `trigger`, initiated_channel, toUInt32(1)),
                (toNullable(first_message_at), 'counted_messages', 'customer', '', channel, customer_messages),
                (toNullable(first_message_at), 'counted_messages', 'human', '', channel, human_messages),
                (toNullable(first_message_at), 'counted_messages', 'ai', '', channel, ai_messages),
                (toNullable(first_message_at), 'counted_messages', 'automation', '', channel, automation_messages)
            ])) AS one
        FROM conversation_days FINAL
    )
) AS s
INNER JOIN (SELECT company, company_day, from_utc, hour_starts FROM calendar FINAL) AS c ON c.company = s.company AND c.company_day = s.company_day
COMMENT 'Everything that rollups count, one row each, as the facts have it now'

CREATE OR REPLACE VIEW day_sums
(
    company     LowCardinality(String) COMMENT 'Company',
    company_day Date32 COMMENT 'Company day',
    metric      LowCardinality(String) COMMENT 'What is counted',
    hour_start  DateTime64(3, 'UTC') COMMENT 'Start of the local hour',
    kind        LowCardinality(String) COMMENT 'Kind of what is counted',
    reason      LowCardinality(String) COMMENT 'Reason likewise',
    team        LowCardinality(String) COMMENT 'Team of the conversation at that moment',
    owner       String COMMENT 'Whom it belongs to',
    owner_kind  LowCardinality(String) COMMENT 'human or ai',
    channel     LowCardinality(String) COMMENT 'First channel of the episode',
    priority    LowCardinality(String) COMMENT 'Priority',
    count       UInt64 COMMENT 'How many',
    sum_ms      Int64 COMMENT 'Sum of their milliseconds; 0 of what has no duration',
    business_ms Int64 COMMENT 'The same within business hours',
    max_ms      Int64 COMMENT 'The longest',
    bins        Map(Int16, UInt64) COMMENT 'How many by bin of the exponential grid'
)
AS SELECT
    s.company AS company, s.company_day AS company_day, s.metric AS metric, s.hour_start AS hour_start, s.kind AS kind, s.reason AS reason, s.team AS team,
    s.owner AS owner, s.owner_kind AS owner_kind, s.channel AS channel, s.priority AS priority, sum(s.count) AS count, sum(ifNull(s.ms, 0)) AS sum_ms,
    sum(ifNull(s.business_ms, 0)) AS business_ms, max(ifNull(s.ms, 0)) AS max_ms,
    sumMapIf(map(if(ifNull(s.ms, 0) <= 0, toInt16(-320), toInt16(ceil(32 * log2(greatest(ifNull(s.ms, 1), 1) / 1000)))), s.count), isNotNull(s.ms)) AS bins
FROM samples AS s
GROUP BY company, company_day, metric, hour_start, kind, reason, team, owner, owner_kind, channel, priority
COMMENT 'What rollups say of a day, from the facts as they are now'

CREATE OR REPLACE VIEW rollup_runs
(
    company     LowCardinality(String) COMMENT 'Company',
    company_day Date32 COMMENT 'Company day that readers take from rollups: older than yesterday',
    run         UInt64 COMMENT 'The run that counts'
)
AS SELECT r.company AS company, r.company_day AS company_day, r.run AS run
FROM (SELECT company, company_day, run FROM rollup_days FINAL) AS r
INNER JOIN (SELECT company, max(from_utc) AS yesterday FROM calendar FINAL WHERE to_utc <= now64(3) GROUP BY company) AS y ON y.company = r.company
INNER JOIN (SELECT company, company_day, to_utc FROM calendar FINAL) AS d ON d.company = r.company AND d.company_day = r.company_day
WHERE d.to_utc <= y.yesterday
COMMENT 'Days that are read from rollups. All others are read from the facts: today, yesterday, and those that are not rolled up yet'

CREATE OR REPLACE VIEW hourly
(
    company              LowCardinality(String) COMMENT 'Company',
    company_day          Date32 COMMENT 'Calendar day in the zone of the company',
    is_today             UInt8 COMMENT '1: the day that holds this moment',
    hour_start           DateTime64(3, 'UTC') COMMENT 'Start of the local hour. Active conversations and their messages are in that of the first message of the day',
    hour_label           String COMMENT 'Local label of the hour',
    metric               LowCardinality(String) COMMENT 'What is counted: a key of the table definitions. Always filter by it',
    kind                 LowCardinality(String) COMMENT 'Kind of what is counted: see the view samples',
    reason               LowCardinality(String) COMMENT 'Reason of a close or transfer; what began an initiated conversation',
    team                 LowCardinality(String) COMMENT 'Team of the conversation, else of whom it belongs to',
    owner                String COMMENT 'Whom it belongs to: who replied, held or gave it away, else the owner',
    owner_kind           LowCardinality(String) COMMENT 'human or ai',
    channel              LowCardinality(String) COMMENT 'First channel of the episode',
    priority             LowCardinality(String) COMMENT 'Priority',
    count                UInt64 COMMENT 'How many',
    seconds_sum          Float64 COMMENT 'Sum of their seconds: divide the sums, never average averages',
    business_seconds_sum Float64 COMMENT 'The same within business hours',
    seconds_mean         Nullable(Float64) COMMENT 'Mean of this row; null of what has no duration',
    business_seconds_mean Nullable(Float64) COMMENT 'The same within business hours',
    seconds_max          Nullable(Float64) COMMENT 'The longest; null of what has no duration',
    bins                 Map(Int16, UInt64) COMMENT 'How many by bin of the exponential grid: add them up with sumMap for quantiles'
)
AS SELECT
    h.company AS company, h.company_day AS company_day, d.is_today AS is_today, h.hour_start AS hour_start, d.hour_labels[indexOf(d.hour_starts, h.hour_start)] AS hour_label,
    h.metric AS metric, h.kind AS kind, h.reason AS reason, if(h.team = '', t.team, h.team) AS team, h.owner AS owner, h.owner_kind AS owner_kind, h.channel AS channel,
    h.priority AS priority, h.count AS count, h.sum_ms / 1000 AS seconds_sum, h.business_ms / 1000 AS business_seconds_sum,
    if(empty(h.bins), NULL, seconds_sum / count) AS seconds_mean, if(empty(h.bins), NULL, business_seconds_sum / count) AS business_seconds_mean,
    if(empty(h.bins), NULL, h.max_ms / 1000) AS seconds_max, h.bins AS bins
FROM
(
    SELECT company, company_day, hour_start, metric, kind, reason, team, owner, owner_kind, channel, priority, count, sum_ms, business_ms, max_ms, bins
    FROM rollups
    WHERE (company, company_day, run) IN (SELECT company, company_day, run FROM rollup_runs)
    UNION ALL
    SELECT company, company_day, hour_start, metric, kind, reason, team, owner, owner_kind, channel, priority, count, sum_ms, business_ms, max_ms, bins
    FROM day_sums
    WHERE (company, company_day) IN
    (
        SELECT company, company_day FROM calendar FINAL
        WHERE (company, company_day) NOT IN (SELECT company, company_day FROM rollup_runs)
    )
) AS h
INNER JOIN days AS d ON d.company = h.company AND d.company_day = h.company_day
LEFT JOIN directory_agents AS t ON t.company = h.company AND t.agent_id = h.owner
COMMENT 'What was counted in each local hour, of all days: add rows up. Days older than yesterday come from rollups, the others from the facts'

CREATE OR REPLACE VIEW daily
(
    company              LowCardinality(String) COMMENT 'Company',
    company_day          Date32 COMMENT 'Calendar day in the zone of the company',
    is_today             UInt8 COMMENT '1: the day that holds this moment',
    metric               LowCardinality(String) COMMENT 'What is counted: a key of the table definitions. Always filter by it',
    kind                 LowCardinality(String) COMMENT 'Kind of what is counted: see the view samples',
    reason               LowCardinality(String) COMMENT 'Reason of a close or transfer; what began an initiated conversation',
    team                 LowCardinality(String) COMMENT 'Team of the conversation, else of whom it belongs to',
    owner                String COMMENT 'Whom it belongs to: who replied, held or gave it away, else the owner',
    owner_kind           LowCardinality(String) COMMENT 'human or ai',
    channel              LowCardinality(String) COMMENT 'First channel of the episode',
    priority             LowCardinality(String) COMMENT 'Priority',
    count                UInt64 COMMENT 'How many',
    seconds_sum          Float64 COMMENT 'Sum of their seconds: divide the sums, never average averages',
    business_seconds_sum Float64 COMMENT 'The same within business hours',
    seconds_mean         Nullable(Float64) COMMENT 'Mean of this row; null of what has no duration',
    business_seconds_mean Nullable(Float64) COMMENT 'The same within business hours',
    seconds_max          Nullable(Float64) COMMENT 'The longest; null of what has no duration',
    bins                 Map(Int16, UInt64) COMMENT 'How many by bin of the exponential grid: add them up with sumMap for quantiles'
)
AS SELECT
    h.company AS company, h.company_day AS company_day, h.is_today AS is_today, h.metric AS metric, h.kind AS kind, h.reason AS reason, h.team AS team, h.owner AS owner,
    h.owner_kind AS owner_kind, h.channel AS channel, h.priority AS priority, sum(h.count) AS count, sum(h.seconds_sum) AS seconds_sum,
    sum(h.business_seconds_sum) AS business_seconds_sum, if(empty(bins), NULL, seconds_sum / count) AS seconds_mean,
    if(empty(bins), NULL, business_seconds_sum / count) AS business_seconds_mean, max(h.seconds_max) AS seconds_max, sumMap(h.bins) AS bins
FROM hourly AS h
GROUP BY company, company_day, is_today, metric, kind, reason, team, owner, owner_kind, channel, priority
COMMENT 'What was counted on each company day: the rows of hourly added up'

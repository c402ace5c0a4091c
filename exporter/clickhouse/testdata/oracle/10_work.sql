-- 2.5: what a closed episode took, and all that is asked of episodes.
--
-- Snoozed or on hold it is until the contrary status; a message by the customer ends a snooze, too. Active is the sum of the gaps between
-- counted messages, those before a customer's under 4 minutes, those before others under 10.
CREATE TABLE oracle_work ENGINE = MergeTree ORDER BY (company, conversation_id, episode_no) AS
WITH
paused AS
(
    SELECT
        company, conversation_id, episode_no, n, at, is_open, closes, is_counted, is_turn, is_human, owner_kind_now, status,
        anyLast(multiIf(status = 'snoozed', 1, status = 'unsnoozed' OR is_turn, 0, NULL)) OVER episode AS is_snoozed,
        anyLast(multiIf(status = 'on_hold', 1, status = 'off_hold', 0, NULL)) OVER episode AS is_on_hold,
        leadInFrame(at, 1, at) OVER (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_at,
        anyLast(if(is_counted, at, NULL)) OVER (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS message_before
    FROM oracle_waits
    WHERE episode_no > 0 AND (is_open OR closes)
    WINDOW episode AS (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT
    company, conversation_id, episode_no,
    countIf(is_human OR owner_kind_now = 'human' OR status IN ('joined', 'took_over', 'supervision_intervened')) > 0 AS is_handled,
    if(countIf(closes) = 0, NULL, max(at) - min(at)) AS open_ms,
    open_ms - sumIf(next_at - at, ifNull(is_snoozed, 0) = 1 OR ifNull(is_on_hold, 0) = 1) AS open_active_ms,
    if(is_handled AND open_ms IS NOT NULL, sumIf(at - ifNull(message_before, 0), is_counted AND at - ifNull(message_before, 0) < if(is_turn, 240000, 600000)), NULL) AS active_handle_ms
FROM paused
GROUP BY company, conversation_id, episode_no;

CREATE TABLE oracle_episodes ENGINE = MergeTree ORDER BY (company, conversation_id, episode_no) AS
SELECT
    r.*, w.is_handled, w.open_ms, w.open_ms AS open_business_ms, w.open_active_ms, w.open_active_ms AS open_active_business_ms,
    w.active_handle_ms, w.active_handle_ms AS active_handle_business_ms
FROM oracle_responses AS r
INNER JOIN oracle_work AS w ON w.company = r.company AND w.conversation_id = r.conversation_id AND w.episode_no = r.episode_no;

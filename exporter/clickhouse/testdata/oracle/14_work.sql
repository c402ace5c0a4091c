-- 2.5: what a closed episode took, and all that is asked of episodes.
--
-- It is snoozed or on hold until a status ends either or somebody takes over; a message by the customer ends a snooze, too. What is told before the first counted
-- message does not count. Active is the sum of the gaps between
-- counted messages, those before a customer's under 4 minutes, those before others under 10.
CREATE TABLE oracle_work ENGINE = MergeTree ORDER BY (company, conversation_id, episode_no) AS
WITH
paused AS
(
    SELECT
        company, conversation_id, episode_no, n, at, is_open, closes, is_counted, is_turn, is_human, owner_kind_now, status,
        ifNull(anyLast(if(status IN ('snoozed', 'on_hold', 'unsnoozed', 'off_hold', 'took_over') AND n >= first_n, toString(status), NULL)) OVER episode, '') AS pause_status,
        maxIf(n, status IN ('snoozed', 'on_hold', 'unsnoozed', 'off_hold', 'took_over')) OVER episode AS pause_n,
        maxIf(n, is_turn) OVER episode AS turn_n,
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
    open_ms - sumIf(next_at - at, pause_status = 'on_hold' OR (pause_status = 'snoozed' AND turn_n < pause_n)) AS open_active_ms,
    if(is_handled AND open_ms IS NOT NULL, sumIf(at - ifNull(message_before, 0), is_counted AND at - ifNull(message_before, 0) < if(is_turn, 240000, 600000)), NULL) AS active_handle_ms
FROM paused
GROUP BY company, conversation_id, episode_no;

CREATE TABLE oracle_episodes ENGINE = MergeTree ORDER BY (company, conversation_id, episode_no) AS
SELECT
    r.*, w.is_handled, w.open_ms, w.open_ms AS open_business_ms, w.open_active_ms, w.open_active_ms AS open_active_business_ms,
    w.active_handle_ms, w.active_handle_ms AS active_handle_business_ms
FROM oracle_responses AS r
INNER JOIN oracle_work AS w ON w.company = r.company AND w.conversation_id = r.conversation_id AND w.episode_no = r.episode_no;

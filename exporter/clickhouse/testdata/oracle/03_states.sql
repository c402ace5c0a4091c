-- R3, R6: open and closed, and the number of the episode.
--
-- A conversation without a counted message shows nowhere. Before its first one, statuses only tell whether it is open then, and whether it
-- had a life before the log begins: a close that nothing opened and a reopening prove it, unless a broadcast came before: platforms close those at
-- once.
-- A message of the company opens what was closed as little then as later. Behind a broadcast the first episode begins with the first counted message, whatever was opened before.
CREATE TABLE oracle_states ENGINE = MergeTree ORDER BY (company, conversation_id, n) AS
WITH
beginnings AS
(
    SELECT
        company, conversation_id, minIf(n, is_counted) AS first_n,
        arraySort(groupArrayIf((n, if(status IN ('opened', 'reopened', 'closed'), toString(status), 'broadcast')),
            status IN ('opened', 'reopened', 'closed') OR (author_kind IN ('campaign', 'system') AND NOT is_void))) AS marks,
        arrayFold(
            (was, mark) -> multiIf(
                mark.2 = 'broadcast', (was.1, was.2, 1, was.4),
                mark.2 != 'closed', (if(was.1 = 0, mark.1, was.1), if(mark.2 = 'reopened' AND was.1 = 0 AND was.3 = 0, 1, was.2), was.3, 0),
                was.1 != 0 OR was.3 = 1 OR was.4 = 1, (toUInt64(0), was.2, was.3, 1),
                (toUInt64(0), 1, was.3, 1)),
            arrayFilter(mark -> mark.1 < first_n, marks), (toUInt64(0), 0, 0, 0)) AS before,
        if(before.3 = 1, toUInt64(0), before.1) AS opened_n, before.2 = 1 AS had_life, before.4 = 1 AS was_closed
    FROM oracle_messages
    GROUP BY company, conversation_id
    HAVING countIf(is_counted) > 0
),
effects AS
(
    SELECT
        m.*, b.first_n AS first_n, b.had_life AS had_life,
        multiIf(
            m.n < b.first_n, if(m.n = b.opened_n, 1, NULL),
            m.status IN ('opened', 'reopened') OR m.is_turn, 1,
            m.status = 'closed', 0,
            m.n = b.first_n AND NOT b.was_closed, 1,
            NULL) AS effect
    FROM oracle_messages AS m
    INNER JOIN beginnings AS b ON b.company = m.company AND b.conversation_id = m.conversation_id
),
turns AS
(
    SELECT
        *,
        ifNull(anyLast(effect) OVER so_far, 0) = 1 AS is_open,
        ifNull(anyLast(effect) OVER before, 0) = 1 AS was_open
    FROM effects
    WINDOW so_far AS (PARTITION BY company, conversation_id ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
        before AS (PARTITION BY company, conversation_id ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT
    *,
    was_open AND NOT is_open AS closes,
    countIf(is_open AND NOT was_open) OVER so_far AS episode_no
FROM turns
WINDOW so_far AS (PARTITION BY company, conversation_id ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

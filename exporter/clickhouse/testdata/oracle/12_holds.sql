-- The work after the contact: from its being told until its end is, or the conversation is opened again. One at a time.
CREATE TABLE oracle_after ENGINE = MergeTree ORDER BY (company, conversation_id, episode_no, got_n) AS
WITH
marked AS
(
    SELECT
        *,
        multiIf(n < first_n, 0, status = 'wrap_up_started' AND agent_id != '', 1, status = 'wrap_up_ended', 2, 0) AS mark
    FROM oracle_pauses
),
marks AS
(
    SELECT
        *,
        lagInFrame(mark) OVER (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS mark_before,
        minIf(n, mark = 2) OVER (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS ended_n
    FROM marked
    WHERE mark > 0
),
reopenings AS
(
    SELECT company, conversation_id, toUInt64(episode_no - 1) AS episode_no, min(n) AS reopened_n FROM oracle_pauses GROUP BY ALL
)
SELECT
    m.company AS company, m.conversation_id AS conversation_id, m.episode_no AS episode_no, m.agent_id AS person, m.n AS got_n,
    if(m.ended_n > 0, m.ended_n, r.reopened_n) AS end_n,
    multiIf(m.ended_n > 0, 'wrap_up_ended', r.reopened_n > 0, 'reopened', '') AS ended
FROM marks AS m
LEFT JOIN reopenings AS r ON r.company = m.company AND r.conversation_id = m.conversation_id AND r.episode_no = m.episode_no
WHERE m.mark = 1 AND m.mark_before != 1;

CREATE TABLE oracle_holds ENGINE = MergeTree ORDER BY (company, conversation_id, hold_no) AS
WITH
(c, team, since, until) -> joinGet('oracle_clock', 'business', toString(c), toString(team), until) - joinGet('oracle_clock', 'business', toString(c), toString(team), since) AS business,
holds AS
(
    SELECT company, conversation_id, episode_no, kind, person, began, ended, got_n, begin_n, end_n, accepted_n, if(reply_n = toUInt64(-1), 0, reply_n) AS reply_n, placed_n,
        kind = 'joined' AND since_n = got_n AS newly_joined, since_n
    FROM oracle_spans
    UNION ALL
    SELECT company, conversation_id, episode_no, 'after_contact', person, 'wrap_up_started', ended, got_n, got_n, end_n, 0, 0, got_n, false, 0
    FROM oracle_after
),
-- Of those who go on at once: in the order in which they joined, then who owns it or wrote last. Who comes at that moment is behind them.
numbered AS
(
    SELECT *, row_number() OVER (PARTITION BY company, conversation_id ORDER BY got_n, newly_joined, kind != 'joined', since_n) AS hold_no
    FROM holds
),
channels AS
(
    SELECT company, conversation_id, episode_no, argMax(first_channel, n) AS channel FROM oracle_pauses GROUP BY ALL
)
SELECT
    h.company AS company, h.conversation_id AS conversation_id, h.hold_no AS hold_no, h.episode_no AS episode_no, h.person AS agent_id, h.kind AS kind, h.began AS began,
    b.at AS started_at, b.company_day AS started_day,
    h.ended AS ended, e.at AS ended_at, if(h.end_n = 0, NULL, e.company_day) AS ended_day,
    if(h.end_n = 0, NULL, e.at - b.at) AS held_ms, if(h.end_n = 0, NULL, business(h.company, p.team_now, b.at, e.at)) AS held_business_ms,
    a.at AS accepted_at, r.at AS first_reply_at, if(h.reply_n = 0, NULL, r.company_day) AS first_reply_day,
    if(h.reply_n = 0, NULL, r.at - a.at) AS accept_to_reply_ms, if(h.reply_n = 0, NULL, business(h.company, p.team_now, a.at, r.at)) AS accept_to_reply_business_ms,
    p.team_now AS team, p.queue_now AS queue, p.priority_now AS priority, c.channel AS channel
FROM numbered AS h
INNER JOIN oracle_pauses AS b ON b.company = h.company AND b.conversation_id = h.conversation_id AND b.n = h.begin_n
INNER JOIN oracle_pauses AS p ON p.company = h.company AND p.conversation_id = h.conversation_id AND p.n = h.placed_n
LEFT JOIN oracle_pauses AS e ON e.company = h.company AND e.conversation_id = h.conversation_id AND e.n = h.end_n
LEFT JOIN oracle_pauses AS a ON a.company = h.company AND a.conversation_id = h.conversation_id AND a.n = h.accepted_n
LEFT JOIN oracle_pauses AS r ON r.company = h.company AND r.conversation_id = h.conversation_id AND r.n = h.reply_n
LEFT JOIN channels AS c ON c.company = h.company AND c.conversation_id = h.conversation_id AND c.episode_no = h.episode_no;

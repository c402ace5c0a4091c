-- R17, 2.5: what a closed episode took.
--
-- Active is the sum of the gaps between counted messages, those before a customer's under 4 minutes, those before others under 10. Handled is the
-- time that any hold covers, and the work after the contact from the close on. Business time is that of the team at the close (R8).
CREATE TABLE oracle_covered ENGINE = MergeTree ORDER BY (company, conversation_id, episode_no) AS
WITH
(c, team, since, until) -> joinGet('oracle_clock', 'business', toString(c), toString(team), until) - joinGet('oracle_clock', 'business', toString(c), toString(team), since) AS business,
intervals AS
(
    SELECT h.company AS company, h.conversation_id AS conversation_id, h.episode_no AS episode_no, r.team AS team, h.kind AS kind,
        if(kind = 'after_contact', greatest(h.started_at, r.closed_at), h.started_at) AS starts, h.ended_at AS ends
    FROM oracle_holds AS h
    INNER JOIN oracle_responses AS r ON r.company = h.company AND r.conversation_id = h.conversation_id AND r.episode_no = h.episode_no
    WHERE r.closed_at != 0 AND h.ended_at != 0
),
uncovered AS
(
    SELECT
        * EXCEPT (starts),
        greatest(starts, max(ends)
            OVER (PARTITION BY company, conversation_id, episode_no, kind = 'after_contact' ORDER BY starts, ends ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS starts
    FROM intervals
)
SELECT company, conversation_id, episode_no, sum(ends - starts) AS handle_ms, sum(business(company, team, starts, ends)) AS handle_business_ms,
    sumIf(ends - starts, kind = 'after_contact') AS after_contact_ms, sumIf(business(company, team, starts, ends), kind = 'after_contact') AS after_contact_business_ms
FROM uncovered
WHERE starts < ends
GROUP BY company, conversation_id, episode_no;

CREATE TABLE oracle_work ENGINE = MergeTree ORDER BY (company, conversation_id, episode_no) AS
WITH
(c, team, since, until) -> joinGet('oracle_clock', 'business', toString(c), toString(team), until) - joinGet('oracle_clock', 'business', toString(c), toString(team), since) AS business,
gaps AS
(
    SELECT
        *,
        leadInFrame(at, 1, at) OVER (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_at,
        ifNull(anyLast(if(is_counted, at, NULL)) OVER (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS message_before,
        last_value(team_now) OVER (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS team,
        is_counted AND at - message_before < if(is_turn, 240000, 600000) AS is_active
    FROM oracle_pauses
    WHERE is_open OR closes
),
handled AS
(
    SELECT DISTINCT company, conversation_id, episode_no, 1 AS is_held FROM oracle_holds WHERE kind != 'after_contact'
)
SELECT
    g.company AS company, g.conversation_id AS conversation_id, g.episode_no AS episode_no,
    any(h.is_held) = 1 OR countIf(is_human) > 0 AS is_handled,
    countIf(closes) > 0 AS is_closed,
    max(at) - min(at) AS open_ms, business(company, any(team), min(at), max(at)) AS open_business_ms,
    open_ms - sumIf(next_at - at, is_paused) AS open_active_ms, open_business_ms - sumIf(business(company, team, at, next_at), is_paused) AS open_active_business_ms,
    sumIf(at - message_before, is_active) AS active_handle_ms, sumIf(business(company, team, message_before, at), is_active) AS active_handle_business_ms,
    minIf(at, is_ai OR (owner_kind_now = 'ai' AND is_told)) AS ai_at,
    if(ai_at = 0, NULL, max(at) - ai_at) AS ai_handle_ms, if(ai_at = 0, NULL, business(company, any(team), ai_at, max(at))) AS ai_handle_business_ms
FROM gaps AS g
LEFT JOIN handled AS h ON h.company = g.company AND h.conversation_id = g.conversation_id AND h.episode_no = g.episode_no
GROUP BY company, conversation_id, episode_no;

CREATE TABLE oracle_episodes ENGINE = MergeTree ORDER BY (company, conversation_id, episode_no) AS
SELECT
    r.company AS company, r.conversation_id AS conversation_id, r.episode_no AS episode_no, r.* EXCEPT (company, conversation_id, episode_no),
    w.is_handled, if(w.is_closed, w.open_ms, NULL) AS open_ms, if(w.is_closed, w.open_business_ms, NULL) AS open_business_ms,
    if(w.is_closed, w.open_active_ms, NULL) AS open_active_ms, if(w.is_closed, w.open_active_business_ms, NULL) AS open_active_business_ms,
    if(w.is_closed AND w.is_handled, c.handle_ms, NULL) AS handle_ms, if(w.is_closed AND w.is_handled, c.handle_business_ms, NULL) AS handle_business_ms,
    if(w.is_closed AND w.is_handled, w.active_handle_ms, NULL) AS active_handle_ms, if(w.is_closed AND w.is_handled, w.active_handle_business_ms, NULL) AS active_handle_business_ms,
    if(w.is_closed AND w.is_handled, c.after_contact_ms, NULL) AS after_contact_ms, if(w.is_closed AND w.is_handled, c.after_contact_business_ms, NULL) AS after_contact_business_ms,
    if(w.is_closed AND NOT w.is_handled, w.ai_handle_ms, NULL) AS ai_handle_ms, if(w.is_closed AND NOT w.is_handled, w.ai_handle_business_ms, NULL) AS ai_handle_business_ms,
    t.ping_pongs AS ping_pongs,
    arrayMap(x -> x.2, t.list) AS `transfers.at`,
    arrayMap(x -> x.3, t.list) AS `transfers.company_day`,
    arrayMap(x -> x.4, t.list) AS `transfers.kind`,
    arrayMap(x -> x.5, t.list) AS `transfers.reason`,
    arrayMap(x -> x.6, t.list) AS `transfers.from_agent`,
    arrayMap(x -> x.7, t.list) AS `transfers.to_agent`,
    arrayMap(x -> x.8, t.list) AS `transfers.from_team`,
    arrayMap(x -> x.9, t.list) AS `transfers.to_team`,
    arrayMap(x -> x.10, t.list) AS `transfers.from_queue`,
    arrayMap(x -> x.11, t.list) AS `transfers.to_queue`,
    arrayMap(x -> x.2, e.list) AS `escalations.at`,
    arrayMap(x -> x.3, e.list) AS `escalations.company_day`,
    arrayMap(x -> x.4, e.list) AS `escalations.kind`,
    arrayMap(x -> x.5, e.list) AS `escalations.agent_id`,
    arrayMap(x -> x.6, e.list) AS `escalations.tier`,
    arrayMap(x -> x.7, e.list) AS `escalations.owner`,
    arrayMap(x -> x.8, e.list) AS `escalations.team`
FROM oracle_responses AS r
INNER JOIN oracle_work AS w ON w.company = r.company AND w.conversation_id = r.conversation_id AND w.episode_no = r.episode_no
LEFT JOIN oracle_covered AS c ON c.company = r.company AND c.conversation_id = r.conversation_id AND c.episode_no = r.episode_no
LEFT JOIN oracle_transfers AS t ON t.company = r.company AND t.conversation_id = r.conversation_id AND t.episode_no = r.episode_no
LEFT JOIN oracle_escalations AS e ON e.company = r.company AND e.conversation_id = r.conversation_id AND e.episode_no = r.episode_no;

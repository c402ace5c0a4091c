-- R9, 2.3: a conversation on each company day that has a counted message, as it stood behind the last event of the day.
CREATE TABLE oracle_days ENGINE = MergeTree ORDER BY (company, company_day, conversation_id) AS
SELECT
    w.company, w.company_day, w.conversation_id,
    argMax(w.episode_no, n) AS episode_no,
    if(argMax(is_open, n), 'open', 'closed') AS state,
    argMax(customer_now, n) AS customer_id,
    argMax(team_now, n) AS team, argMax(owner_now, n) AS owner, argMax(owner_kind_now, n) AS owner_kind,
    argMax(queue_now, n) AS queue, argMax(priority_now, n) AS priority,
    if(argMax(first_channel, n) != '', argMax(first_channel, n), argMinIf(toString(w.channel), n, is_counted)) AS channel, -- an episode without a message yet has none
    arraySort(groupUniqArrayIf(toString(w.channel), is_counted AND w.channel != '')) AS channels,
    argMax(tags_now, n) AS tags,
    argMax(w.episode_no > 0 AND has_turn AND NOT is_answered_now, n) AS waiting_first_response,
    argMax(w.episode_no > 0 AND auto_replied_now, n) AS auto_replied,
    maxIf(at, initiates) AS initiated_at,
    maxIf(hour_start, initiates) AS initiated_hour,
    anyIf(toString(w.channel), initiates) AS initiated_channel,
    anyIf(if(was_broadcast, 'broadcast_reply', 'customer'), initiates) AS `trigger`,
    minIf(at, is_counted) AS first_message_at, maxIf(at, is_counted) AS last_message_at,
    countIf(is_turn) AS customer_messages, countIf(is_human) AS human_messages, countIf(is_ai) AS ai_messages, countIf(is_automation) AS automation_messages
FROM (SELECT *, is_turn AND NOT had_life AND episode_no = 1 AND n = minIf(n, is_counted) OVER (PARTITION BY company, conversation_id, episode_no) AS initiates FROM oracle_waits) AS w
GROUP BY w.company, w.company_day, w.conversation_id
HAVING countIf(is_counted) > 0;

-- R5, R6, R7, 2.2: episodes: their first responses and open waits. Dimensions are those of now while open, those at the close afterwards.
CREATE TABLE oracle_responses ENGINE = MergeTree ORDER BY (company, conversation_id, episode_no) AS
WITH
(c, team, since, until) -> joinGet('oracle_clock', 'business', toString(c), toString(team), until) - joinGet('oracle_clock', 'business', toString(c), toString(team), since) AS business,
-- The first accept counts, else the first time that a person got it; a person who has it when the episode begins got it then. An accept behind
-- the first reply since getting it comes too late.
given AS
(
    SELECT
        *,
        is_open OR closes AS is_live,
        minIf(n, is_live AND is_told AND person_now != '' AND (NOT was_open OR status IN ('assigned', 'transferred', 'accepted', 'took_over'))) OVER episode AS given_n
    FROM oracle_pauses
    WINDOW episode AS (PARTITION BY company, conversation_id, episode_no)
),
answered AS
(
    SELECT *, minIf(n, answers_human AND given_n > 0 AND n >= given_n) OVER (PARTITION BY company, conversation_id, episode_no) AS answer_n
    FROM given
),
accepted AS
(
    SELECT
        *,
        minIf(n, is_live AND status = 'accepted' AND is_told AND (answer_n = 0 OR n < answer_n)) OVER (PARTITION BY company, conversation_id, episode_no) AS accept_n,
        if(accept_n > 0, accept_n, given_n) AS accepted_n
    FROM answered
),
turned AS
(
    SELECT
        *,
        minIf(n, is_turn) OVER episode AS turn_n,
        minIf(at, is_turn) OVER episode AS turn_at,
        minIf(n, is_reply) OVER episode AS reply_n,
        reply_n > 0 AND reply_n < turn_n AS company_began,
        answers AND replies_before = 0 AND waiting_since_any > 0 AS is_first_response,
        answers_human AND human_replies_before = 0 AND waiting_since_human > 0 AND turn_n > 0 AND NOT company_began AS is_human_first_response,
        answers_human AND human_replies_before = 0 AND turn_n > 0 AND turn_n < n AND NOT company_began AS is_first_by_human
    FROM accepted
    WINDOW episode AS (PARTITION BY company, conversation_id, episode_no)
),
told AS
(
    SELECT
        *,
        n = minIf(n, answers_human AND accepted_n > 0 AND n > accepted_n AND turn_n > 0 AND turn_n < n AND NOT company_began) OVER (PARTITION BY company, conversation_id, episode_no) AS is_agent_response
    FROM turned
)
SELECT
    company, conversation_id, episode_no,
    if(episode_no = 1 AND NOT any(had_life), 'new', 'reopened') AS kind,
    argMinIf(multiIf(is_turn, if(was_broadcast, 'broadcast_reply', 'customer'), 'business'), n, is_counted AND is_live) AS `trigger`,
    if(argMax(is_open, n), 'open', 'closed') AS state,
    argMin(at, n) AS opened_at, argMin(company_day, n) AS opened_day,
    maxIf(at, closes) AS closed_at, anyIf(toNullable(company_day), closes) AS closed_day, anyIf(toString(reason), closes) AS close_reason,
    argMaxIf(customer_now, n, is_live) AS customer_id,
    argMaxIf(team_now, n, is_live) AS team, argMaxIf(owner_now, n, is_live) AS owner, argMaxIf(owner_kind_now, n, is_live) AS owner_kind,
    argMaxIf(queue_now, n, is_live) AS queue, argMaxIf(priority_now, n, is_live) AS priority,
    argMax(first_channel, n) AS channel, argMax(channels_now, n) AS channels, argMaxIf(tags_now, n, is_live) AS tags,
    countIf(is_live AND is_turn) AS customer_messages, countIf(is_live AND is_human) AS human_messages, countIf(is_live AND is_ai) AS ai_messages,
    countIf(is_live AND is_automation) AS automation_messages,
    maxIf(at, is_live AND is_counted) AS last_message_at,
    any(turn_at) AS first_turn_at, anyIf(toNullable(company_day), n = turn_n) AS first_turn_day,
    maxIf(at, is_first_response) AS first_response_at,
    anyIf(toNullable(at - turn_at), is_first_response) AS first_response_ms, anyIf(toNullable(business(company, team_now, turn_at, at)), is_first_response) AS first_response_business_ms,
    anyIf(toNullable(company_day), is_first_response) AS first_response_day,
    anyIf(agent_id, is_first_response) AS first_responder, anyIf(if(is_human, 'human', 'ai'), is_first_response) AS first_responder_kind,
    anyIf(team_now, is_first_response) AS first_response_team, anyIf(queue_now, is_first_response) AS first_response_queue,
    maxIf(at, is_human_first_response) AS human_first_response_at,
    anyIf(toNullable(at - waiting_since_human), is_human_first_response) AS human_first_response_ms, anyIf(toNullable(business(company, team_now, waiting_since_human, at)), is_human_first_response) AS human_first_response_business_ms,
    anyIf(toNullable(company_day), is_human_first_response) AS human_first_response_day,
    anyIf(agent_id, is_human_first_response) AS human_first_responder,
    anyIf(team_now, is_human_first_response) AS human_first_response_team, anyIf(queue_now, is_human_first_response) AS human_first_response_queue,
    maxIf(at, is_first_by_human) AS human_first_response_from_start_at,
    anyIf(toNullable(at - turn_at), is_first_by_human) AS human_first_response_from_start_ms,
    anyIf(toNullable(business(company, team_now, turn_at, at)), is_first_by_human) AS human_first_response_from_start_business_ms,
    anyIf(toNullable(company_day), is_first_by_human) AS human_first_response_from_start_day, anyIf(agent_id, is_first_by_human) AS human_first_responder_from_start,
    anyIf(team_now, is_first_by_human) AS human_first_response_from_start_team, anyIf(queue_now, is_first_by_human) AS human_first_response_from_start_queue,
    minIf(at, is_live AND n >= first_n AND status = 'handed_off') AS handed_off_at,
    if(state = 'open', argMax(if(answers, 0, waiting_since_any), n), 0) AS waiting_since,
    if(state = 'open', argMax(if(ends_human_wait, 0, waiting_since_human), n), 0) AS waiting_human_since,
    max(is_answered_now) AS is_answered, max(is_answered_by_human_now) AS is_answered_by_human, max(auto_replied_now) AS auto_replied,
    countIf(closes AND waiting_since_any > 0) > 0 AS closed_unanswered,
    minIf(at, n = accepted_n) AS accepted_at,
    maxIf(at, is_agent_response) AS agent_first_response_at,
    if(agent_first_response_at = 0, NULL, agent_first_response_at - greatest(accepted_at, first_turn_at)) AS agent_first_response_ms,
    if(agent_first_response_at = 0, NULL, business(company, anyIf(team_now, is_agent_response), greatest(accepted_at, first_turn_at), agent_first_response_at)) AS agent_first_response_business_ms,
    anyIf(toNullable(company_day), is_agent_response) AS agent_first_response_day, anyIf(agent_id, is_agent_response) AS agent_first_responder,
    anyIf(team_now, is_agent_response) AS agent_first_response_team, anyIf(queue_now, is_agent_response) AS agent_first_response_queue
FROM told
GROUP BY company, conversation_id, episode_no;

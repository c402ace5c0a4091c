-- What the rollups of a day must add up to, from the facts, by the definitions of the metrics and not from the view samples: a statement for
-- each metric.
CREATE TABLE hours ENGINE = MergeTree ORDER BY (company, company_day, hour_start) AS
SELECT company, company_day, hour_start
FROM (SELECT company, company_day, from_utc, hour_starts FROM calendar FINAL)
ARRAY JOIN hour_starts AS hour_start;

CREATE TABLE counted_at
(
    company LowCardinality(String), conversation_id String, company_day Date32, at DateTime64(3, 'UTC'), metric LowCardinality(String), kind String, reason String,
    team String, owner String, owner_kind String, channel String, priority String, n UInt64, ms Nullable(Int64), business_ms Nullable(Int64)
)
ENGINE = MergeTree ORDER BY (company, company_day, metric);

-- The day of a response is that of the reply, and so is its team.
INSERT INTO counted_at
SELECT company, conversation_id, first_response_day, first_response_at, 'first_response_seconds', kind, '', first_response_team, first_responder, first_responder_kind,
    channel, priority, 1, first_response_ms, first_response_business_ms
FROM episodes FINAL WHERE first_response_at IS NOT NULL;

INSERT INTO counted_at
SELECT company, conversation_id, human_first_response_day, human_first_response_at, 'human_first_response_seconds', kind, '', human_first_response_team, human_first_responder,
    'human', channel, priority, 1, human_first_response_ms, human_first_response_business_ms
FROM episodes FINAL WHERE human_first_response_at IS NOT NULL;

INSERT INTO counted_at
SELECT company, conversation_id, human_first_response_from_start_day, human_first_response_from_start_at, 'human_first_response_from_start_seconds', kind, '',
    human_first_response_from_start_team, human_first_responder_from_start, 'human', channel, priority, 1, human_first_response_from_start_ms,
    human_first_response_from_start_business_ms
FROM episodes FINAL WHERE human_first_response_from_start_at IS NOT NULL;

INSERT INTO counted_at
SELECT company, conversation_id, agent_first_response_day, agent_first_response_at, 'agent_first_response_seconds', kind, '', agent_first_response_team, agent_first_responder,
    'human', channel, priority, 1, agent_first_response_ms, agent_first_response_business_ms
FROM episodes FINAL WHERE agent_first_response_at IS NOT NULL;

INSERT INTO counted_at
SELECT company, conversation_id, company_day, replied_at, 'reply_seconds', stage, '', team, responder, responder_kind, channel, priority, 1, reply_ms, reply_business_ms
FROM replies FINAL WHERE waits_for = 'any';

INSERT INTO counted_at
SELECT company, conversation_id, company_day, replied_at, 'human_reply_seconds', stage, '', team, responder, responder_kind, channel, priority, 1, reply_ms, reply_business_ms
FROM replies FINAL WHERE waits_for = 'human';

INSERT INTO counted_at
SELECT company, conversation_id, first_reply_day, first_reply_at, 'accept_to_reply_seconds', kind, '', team, agent_id, 'human', channel, priority, 1,
    accept_to_reply_ms, accept_to_reply_business_ms
FROM holds FINAL WHERE first_reply_at IS NOT NULL;

INSERT INTO counted_at
SELECT company, conversation_id, ended_day, ended_at, 'hold_seconds', kind, '', team, agent_id, 'human', channel, priority, 1, held_ms, held_business_ms
FROM holds FINAL WHERE ended_at IS NOT NULL;

-- What an episode took counts at its close, for whom it belonged to then.
INSERT INTO counted_at
SELECT company, conversation_id, closed_day, closed_at, 'closes', '', close_reason, team, owner, owner_kind, channel, priority, 1, NULL, NULL
FROM episodes FINAL WHERE state = 'closed';

INSERT INTO counted_at
SELECT company, conversation_id, closed_day, closed_at, 'closes_unanswered', '', close_reason, team, owner, owner_kind, channel, priority, 1, NULL, NULL
FROM episodes FINAL WHERE state = 'closed' AND closed_unanswered;

INSERT INTO counted_at
SELECT company, conversation_id, closed_day, closed_at, 'handled_closes',
    if(length(transfers.at) > 0, if(length(escalations.at) > 0, 'both', 'transferred'), if(length(escalations.at) > 0, 'escalated', '')),
    close_reason, team, owner, owner_kind, channel, priority, 1, NULL, NULL
FROM episodes FINAL WHERE state = 'closed' AND is_handled;

INSERT INTO counted_at
SELECT company, conversation_id, closed_day, closed_at, 'open_seconds', '', close_reason, team, owner, owner_kind, channel, priority, 1, open_ms, open_business_ms
FROM episodes FINAL WHERE state = 'closed';

INSERT INTO counted_at
SELECT company, conversation_id, closed_day, closed_at, 'open_active_seconds', '', close_reason, team, owner, owner_kind, channel, priority, 1,
    open_active_ms, open_active_business_ms
FROM episodes FINAL WHERE state = 'closed';

INSERT INTO counted_at
SELECT company, conversation_id, closed_day, closed_at, 'handle_seconds', '', close_reason, team, owner, owner_kind, channel, priority, 1, handle_ms, handle_business_ms
FROM episodes FINAL WHERE state = 'closed' AND handle_ms IS NOT NULL;

INSERT INTO counted_at
SELECT company, conversation_id, closed_day, closed_at, 'active_handle_seconds', '', close_reason, team, owner, owner_kind, channel, priority, 1,
    active_handle_ms, active_handle_business_ms
FROM episodes FINAL WHERE state = 'closed' AND active_handle_ms IS NOT NULL;

INSERT INTO counted_at
SELECT company, conversation_id, closed_day, closed_at, 'after_contact_seconds', '', close_reason, team, owner, owner_kind, channel, priority, 1,
    after_contact_ms, after_contact_business_ms
FROM episodes FINAL WHERE state = 'closed' AND after_contact_ms IS NOT NULL;

INSERT INTO counted_at
SELECT company, conversation_id, closed_day, closed_at, 'ai_handle_seconds', '', close_reason, team, owner, owner_kind, channel, priority, 1, ai_handle_ms, ai_handle_business_ms
FROM episodes FINAL WHERE state = 'closed' AND ai_handle_ms IS NOT NULL;

-- Transfers and escalations count when they happen, for who gave it away and for who had it.
INSERT INTO counted_at
SELECT company, conversation_id, gone.company_day, gone.at, 'transfers', gone.kind, gone.reason, gone.from_team, gone.from_agent, '', channel, priority, 1, NULL, NULL
FROM (SELECT * FROM episodes FINAL) ARRAY JOIN transfers AS gone;

INSERT INTO counted_at
SELECT company, conversation_id, come.company_day, come.at, 'escalations', come.kind, '', come.team, come.owner, '', channel, priority, 1, NULL, NULL
FROM (SELECT * FROM episodes FINAL) ARRAY JOIN escalations AS come;

-- A conversation is active once a day, at its first message.
INSERT INTO counted_at
SELECT company, conversation_id, company_day, first_message_at, 'conversations_active', '', '', team, owner, owner_kind, channel, priority, 1, NULL, NULL
FROM conversation_days FINAL;

INSERT INTO counted_at
SELECT company, conversation_id, company_day, initiated_at, 'conversations_initiated', '', trigger, team, owner, owner_kind, initiated_channel, priority, 1, NULL, NULL
FROM conversation_days FINAL WHERE initiated_at IS NOT NULL;

INSERT INTO counted_at
SELECT company, conversation_id, company_day, first_message_at, 'counted_messages', 'customer', '', team, owner, owner_kind, channel, priority, customer_messages, NULL, NULL
FROM conversation_days FINAL WHERE customer_messages > 0;

INSERT INTO counted_at
SELECT company, conversation_id, company_day, first_message_at, 'counted_messages', 'human', '', team, owner, owner_kind, channel, priority, human_messages, NULL, NULL
FROM conversation_days FINAL WHERE human_messages > 0;

INSERT INTO counted_at
SELECT company, conversation_id, company_day, first_message_at, 'counted_messages', 'ai', '', team, owner, owner_kind, channel, priority, ai_messages, NULL, NULL
FROM conversation_days FINAL WHERE ai_messages > 0;

INSERT INTO counted_at
SELECT company, conversation_id, company_day, first_message_at, 'counted_messages', 'automation', '', team, owner, owner_kind, channel, priority, automation_messages, NULL, NULL
FROM conversation_days FINAL WHERE automation_messages > 0;

-- Each in its local hour; a conversation without a team has that of whom it belongs to.
CREATE TABLE counted ENGINE = MergeTree ORDER BY (company, company_day, metric) AS
SELECT c.company AS company, c.conversation_id AS conversation_id, c.company_day AS company_day, c.hour_start AS hour_start, c.metric AS metric, c.kind AS kind,
    c.reason AS reason, c.team AS own_team, if(c.team = '', d.team, c.team) AS team, c.owner AS owner, c.owner_kind AS owner_kind, c.channel AS channel, c.priority AS priority,
    c.n AS n, c.ms AS ms, c.business_ms AS business_ms
FROM (SELECT c.*, h.hour_start FROM counted_at AS c ASOF INNER JOIN hours AS h ON h.company = c.company AND h.company_day = c.company_day AND h.hour_start <= c.at) AS c
LEFT JOIN (SELECT company, id, toString(team_ids[1]) AS team FROM directory FINAL WHERE entry = 'agent') AS d ON d.company = c.company AND d.id = c.owner;

DROP TABLE hours;

DROP TABLE counted_at;

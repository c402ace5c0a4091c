-- 2.2: the last public message of each person in a conversation, and how many there are.
CREATE TABLE oracle_agents ENGINE = MergeTree ORDER BY (company, agent_id, conversation_id) AS
SELECT company, agent_id, conversation_id, max(at) AS last_outgoing_at, count() AS messages
FROM oracle_messages
WHERE is_human
GROUP BY company, agent_id, conversation_id;

-- R2, R4: what each message counts as.
--
-- A message of the company whose delivery failed within 24 hours counts as if it had never been sent. Counted are public texts and files
-- of all but campaigns and the system.
CREATE TABLE oracle_messages ENGINE = MergeTree ORDER BY (company, conversation_id, n) AS
WITH failures AS
(
    SELECT company, conversation_id, message_id, min(at) AS failed_at
    FROM oracle_events
    WHERE delivery = 'failed'
    GROUP BY ALL
)
SELECT
    e.*,
    e.type = 'message' AND e.direction = 'out' AND f.message_id != '' AND f.failed_at <= e.at + 24 * 3600 * 1000 AS is_void,
    e.type = 'message' AND e.visibility = 'public' AND e.kind IN ('text', 'file') AND NOT is_void AS is_said,
    is_said AND e.author_kind = 'customer' AS is_turn,
    is_said AND e.author_kind IN ('human', 'supervisor') AS is_human,
    is_said AND e.author_kind = 'ai' AS is_ai,
    is_said AND e.author_kind = 'automation' AS is_automation,
    is_human OR is_ai AS is_reply,
    is_turn OR is_reply OR is_automation AS is_counted
FROM oracle_events AS e
LEFT JOIN failures AS f ON f.company = e.company AND f.conversation_id = e.conversation_id AND f.message_id = e.message_id;

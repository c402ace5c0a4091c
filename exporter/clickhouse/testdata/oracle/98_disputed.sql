-- Conversations in which the fold is known to differ from the definitions, each kind with its reason. They are not compared. Whoever
-- mends the fold or the definition takes the lines away.
CREATE TABLE oracle_disputed ENGINE = MergeTree ORDER BY (company, conversation_id) AS
-- 1. The first accept comes behind the first reply by a person: agent_first_response_at lies before accepted_at.
-- 2. A person gets it between the opening and the first counted message: whether that counts as accepted_at.
SELECT DISTINCT company, conversation_id
FROM oracle_waits
WHERE (status = 'accepted' AND is_answered_by_human_now)
    OR (n < first_n AND is_open AND (status = 'accepted' OR (status IN ('assigned', 'transferred') AND owner_kind = 'human')));

-- Conversations in which the fold is known to differ from the definitions, each kind with its reason. They are not compared. Whoever
-- mends the fold or the definition takes the lines away.
CREATE TABLE oracle_disputed ENGINE = MergeTree ORDER BY (company, conversation_id) AS
SELECT DISTINCT company, conversation_id
FROM oracle_waits
GROUP BY company, conversation_id, episode_no
HAVING
    -- The first accept comes behind the first reply by a person: agent_first_response_at lies before accepted_at.
    minIf(n, status = 'accepted' AND (is_open OR closes)) > minIf(n, answers_human) AND minIf(n, answers_human) > 0
    -- A person gets it between the opening and the first counted message: whether that counts as accepted_at.
    OR countIf(n < first_n AND is_open AND (status = 'accepted' OR (status IN ('assigned', 'transferred') AND owner_kind = 'human'))) > 0;

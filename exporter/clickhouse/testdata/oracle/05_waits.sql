-- R5, 2.2: what the customer waits for behind each event of an episode, and since when.
--
-- An episode goes from the event that opens it to the one before the next opening; what comes behind its close answers nobody.
CREATE TABLE oracle_waits ENGINE = MergeTree ORDER BY (company, conversation_id, n) AS
WITH
served AS
(
    SELECT
        *,
        (is_open OR closes) AND is_reply AS answers,
        (is_open OR closes) AND is_human AS answers_human,
        countIf(is_turn) OVER so_far > 0 AS has_turn,
        countIf(is_ai) OVER before AS ai_replies_before,
        arraySort(groupUniqArrayIf(toString(channel), is_counted AND (is_open OR closes) AND channel != '') OVER so_far) AS channels_now,
        ifNull(first_value(if(is_counted AND (is_open OR closes), toString(channel), NULL)) IGNORE NULLS OVER so_far, '') AS first_channel,
        maxIf(n, author_kind = 'campaign' AND is_said AND NOT is_open) OVER ever > maxIf(n, closes) OVER ever AS was_broadcast -- since it was closed
    FROM oracle_story
    WINDOW so_far AS (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
        ever AS (PARTITION BY company, conversation_id ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
        before AS (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
handed AS
(
    SELECT
        *,
        countIf(is_reply) OVER so_far > 0 AS is_answered_now,
        countIf(is_human) OVER so_far > 0 AS is_answered_by_human_now,
        countIf(is_automation AND has_turn AND (is_open OR closes)) OVER so_far > 0 AS auto_replied_now,
        countIf(answers) OVER before AS replies_before,
        countIf(answers_human) OVER before AS human_replies_before,
        countIf(status = 'handed_off' AND n >= first_n) OVER so_far > 0 AS is_handed_off
    FROM served
    WINDOW so_far AS (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
        before AS (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
-- The wait for a person begins at a turn if no AI ever answered in the episode or one has handed over, else at the hand-off. The first
-- reply by an AI ends it without a sample: from then on nobody waits for a person until the hand-off.
asked AS
(
    SELECT
        *,
        (is_turn AND (ai_replies_before = 0 OR is_handed_off)) OR (status = 'handed_off' AND ai_replies_before > 0 AND has_turn) AS asks_human,
        is_human OR (is_ai AND NOT is_handed_off) AS ends_human_wait
    FROM handed
),
rounds AS
(
    SELECT *, countIf(ends_human_wait) OVER (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS human_round
    FROM asked
)
-- A reply ends a round; the wait of a round begins at its first turn.
SELECT
    *,
    minIf(at, is_turn) OVER (PARTITION BY company, conversation_id, episode_no, replies_before ORDER BY n
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS waiting_since_any,
    minIf(at, asks_human) OVER (PARTITION BY company, conversation_id, episode_no, human_round ORDER BY n
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS waiting_since_human
FROM rounds;

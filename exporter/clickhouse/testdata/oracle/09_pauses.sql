-- R17, 2.5: whether an open episode is snoozed or on hold behind each event, who has it, and who of those without an owner wrote last.
--
-- A pause lasts until a status ends it or somebody joins or takes over; a message by the customer ends a snooze, too. Of what is told
-- before the first counted message only this counts: since when who has it then has it, and whether by accepting.
CREATE TABLE oracle_pauses ENGINE = MergeTree ORDER BY (company, conversation_id, n) AS
WITH
marked AS
(
    SELECT
        *,
        n >= first_n AND (status IN ('unsnoozed', 'off_hold') OR (status = 'took_over' AND agent_id NOT IN ('', owner_before))
            OR (status IN ('joined', 'supervision_intervened') AND agent_id != '')) AS ends_pause,
        if(owner_kind_now = 'human', owner_now, '') AS person_now,
        lagInFrame(person_now) OVER story AS person_before, lagInFrame(owner_now) OVER story AS owner_before, lagInFrame(owner_kind_now) OVER story AS owner_kind_was,
        lagInFrame(team_now) OVER story AS team_before, lagInFrame(queue_now) OVER story AS queue_before,
        countIf(owner_now != '') OVER so_far AS owned
    FROM oracle_waits
    WINDOW so_far AS (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
        story AS (PARTITION BY company, conversation_id ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
counted AS
(
    SELECT
        *,
        maxIf(n, ends_pause) OVER so_far AS resumed_n,
        maxIf(n, status = 'on_hold' AND n >= first_n) OVER so_far AS on_hold_n,
        maxIf(n, status = 'snoozed' AND n >= first_n) OVER so_far AS snoozed_n,
        maxIf(n, is_turn) OVER so_far AS last_turn_n,
        max(if(person_now != person_before, n, 0)) OVER story AS person_since,
        maxIf(n, owner_now != owner_before AND n <= first_n) OVER (PARTITION BY company, conversation_id) AS first_owned_n
    FROM marked
    WINDOW so_far AS (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
        story AS (PARTITION BY company, conversation_id ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT
    *,
    n >= least(first_n, first_owned_n) AS is_told,
    min(n) OVER (PARTITION BY company, conversation_id, episode_no) AS opening_n,
    is_open AND (on_hold_n > resumed_n OR snoozed_n > greatest(resumed_n, last_turn_n)) AS is_paused,
    if(owner_now = '', ifNull(anyLast(if(owner_now = '' AND is_human AND agent_id != '', agent_id, NULL))
        OVER (PARTITION BY company, conversation_id, episode_no, owned ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), ''), '') AS writer_now
FROM counted
WHERE episode_no > 0;

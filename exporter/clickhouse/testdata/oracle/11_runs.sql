-- R17: in which intervals each person holds an open episode that is neither snoozed nor on hold, and the work after the contact.
--
-- Behind each event of an episode: does a person hold it as its owner, as one who joined and did not leave, or as the one who wrote last while nobody owns
-- it? A hold is a run of such events. Who joined and writes holds it once.
CREATE TABLE oracle_runs ENGINE = MergeTree ORDER BY (company, conversation_id, episode_no, kind, person, n) AS
WITH
people AS
(
    SELECT company, conversation_id, episode_no, ('owner', person_now) AS who FROM oracle_pauses WHERE person_now != ''
    UNION DISTINCT
    SELECT company, conversation_id, episode_no, ('joined', agent_id) FROM oracle_pauses WHERE status IN ('joined', 'supervision_intervened') AND agent_id != ''
    UNION DISTINCT
    SELECT company, conversation_id, episode_no, ('unowned', agent_id) FROM oracle_pauses WHERE is_human AND agent_id != ''
),
marked AS
(
    SELECT
        p.*, who.1 AS kind, who.2 AS person,
        ifNull(anyLast(multiIf(n < first_n OR agent_id != person, NULL, status IN ('joined', 'supervision_intervened'), 1,
            status IN ('left', 'supervision_ended') OR (status = 'took_over' AND person_before != person), 0, NULL)) OVER so_far, 0) = 1 AS is_joined
    FROM oracle_pauses AS p
    INNER JOIN people AS w ON w.company = p.company AND w.conversation_id = p.conversation_id AND w.episode_no = p.episode_no
    WINDOW so_far AS (PARTITION BY p.company, p.conversation_id, p.episode_no, kind, person ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
-- Who leaves is no longer the one who wrote last.
stayed AS
(
    SELECT
        *,
        maxIf(n, is_human AND agent_id = person) OVER so_far AS wrote_n,
        maxIf(n, is_joined AND NOT was_joined) OVER so_far AS joined_n,
        maxIf(n, NOT is_joined AND was_joined) OVER so_far AS left_n
    FROM (SELECT *, lagInFrame(is_joined) OVER (PARTITION BY company, conversation_id, episode_no, kind, person ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS was_joined FROM marked)
    WINDOW so_far AS (PARTITION BY company, conversation_id, episode_no, kind, person ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
held AS
(
    SELECT *, is_open AND NOT is_paused AND multiIf(kind = 'owner', person_now = person, kind = 'joined', is_joined, writer_now = person AND NOT is_joined AND wrote_n > left_n) AS holds
    FROM stayed
),
edges AS
(
    SELECT
        *,
        lagInFrame(holds, 1, false)
            OVER (PARTITION BY company, conversation_id, episode_no, kind, person ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS held_before,
        (is_human OR status = 'accepted') AND agent_id = person AS works,
        countIf(works)
            OVER (PARTITION BY company, conversation_id, episode_no, kind, person, person_since ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS worked
    FROM held
)
SELECT
    *,
    countIf(holds AND NOT held_before) OVER (PARTITION BY company, conversation_id, episode_no, kind, person ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS run
FROM edges
WHERE holds OR held_before;

-- A hold begins where its owner accepted, else where it was given, if it was accepted before the first reply. That of who goes on after a pause waits for no reply.
CREATE TABLE oracle_spans ENGINE = MergeTree ORDER BY (company, conversation_id, episode_no, got_n) AS
WITH
spans AS
(
    SELECT
        company, conversation_id, episode_no, kind, person, run,
        min(n) AS got_n, any(opening_n) AS opening_n, any(first_n) AS first_n,
        minIf(n, NOT holds) AS end_n,
        minIf(n, kind = 'owner' AND holds AND status = 'accepted' AND held_before AND works AND worked = 0) AS accept_n,
        argMin(person_since, n) AS given_n,
        argMin(toString(status), n) AS got_status, argMin(works, n) AS got_works, argMax(toString(status), n) AS end_status,
        argMax(is_human, n) AS end_is_message, argMax(closes, n) AS end_closes, argMax(is_paused, n) AS end_pauses,
        multiIf(
            accept_n > 0, 'accepted',
            kind = 'owner' AND got_n = opening_n AND given_n < got_n AND (episode_no > 1 OR any(had_life)), 'reopened',
            kind = 'owner' AND (got_n <= first_n OR got_n = opening_n), if(got_status = 'accepted', 'accepted', 'assigned'),
            kind = 'owner', if(given_n = got_n, got_status, 'resumed'),
            kind = 'joined' AND got_status IN ('joined', 'supervision_intervened') AND got_agent = person AND since_n = got_n, got_status,
            kind = 'unowned' AND got_works, 'replied',
            'resumed') AS began,
        argMin(agent_id, n) AS got_agent, argMin(joined_n, n) AS since_n,
        groupArrayIf(n, is_human AND works) AS replies
    FROM oracle_runs
    GROUP BY company, conversation_id, episode_no, kind, person, run
    HAVING end_n = 0 OR end_n > first_n -- who had it before the first message only, did not
)
SELECT
    *,
    if(accept_n > 0, accept_n, got_n) AS begin_n,
    greatest(begin_n, first_n) AS placed_n,
    if(began = 'resumed' OR kind = 'unowned', 0, begin_n) AS accepted_n,
    if(accepted_n = 0, 0, arrayMin(arrayFilter(x -> x >= accepted_n, arrayPushBack(replies, toUInt64(-1))))) AS reply_n,
    multiIf(end_n = 0, '', end_closes, 'closed', end_pauses, 'paused', kind = 'unowned' AND end_is_message, 'replied', end_status) AS ended
FROM spans;

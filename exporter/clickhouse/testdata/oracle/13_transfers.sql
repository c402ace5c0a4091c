-- R18: transfers. Another owner who is named although nobody said transferred is a transfer from the person who had it before, if that person had
-- accepted or written in the episode.
CREATE TABLE oracle_transfers ENGINE = MergeTree ORDER BY (company, conversation_id, episode_no) AS
WITH
places AS
(
    SELECT
        company, conversation_id, episode_no, n, at, company_day, toString(status) AS status, is_open AND n >= first_n AS counts, person_now, owner_before, owner_kind_was,
        owner_now AS to_agent, team_before AS from_team, team_now AS to_team, queue_before AS from_queue, queue_now AS to_queue,
        ifNull(anyLast(if(is_told AND (person_now != '' OR status = 'transferred'), person_now, NULL)) OVER before, '') AS had_it,
        groupUniqArrayIf(agent_id, is_told AND is_open AND (is_human OR status = 'accepted' OR (status = 'took_over' AND agent_id != owner_before AND n >= first_n))) OVER before AS workers
    FROM oracle_pauses
    WINDOW before AS (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
transfers AS
(
    SELECT
        *,
        multiIf(
            NOT counts OR owner_kind_was = 'ai', '',
            status = 'transferred' AND to_agent NOT IN ('', owner_before), 'agent',
            status = 'transferred' AND to_team != from_team, 'team',
            status = 'transferred' AND to_queue != from_queue, 'queue',
            status IN ('assigned', 'accepted') AND had_it != '' AND person_now NOT IN ('', owner_before, had_it) AND has(workers, had_it), 'agent',
            '') AS kind,
        if(status = 'transferred', 'transferred', 'reassigned') AS reason,
        if(status = 'transferred', owner_before, had_it) AS from_agent
    FROM places
),
pongs AS
(
    SELECT
        *,
        anyLast(if(kind = 'agent', from_agent, NULL)) OVER (PARTITION BY company, conversation_id, episode_no ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS gave_away
    FROM transfers
    WHERE kind != ''
)
SELECT
    company, conversation_id, episode_no, countIf(kind = 'agent' AND to_agent = gave_away) AS ping_pongs,
    arraySort(groupArray((n, at, company_day, kind, reason, from_agent, to_agent, from_team, to_team, from_queue, to_queue))) AS list
FROM pongs
GROUP BY company, conversation_id, episode_no;

-- R19: escalations. Who joined already does not join again, who owns it does not take it over.
CREATE TABLE oracle_escalations ENGINE = MergeTree ORDER BY (company, conversation_id, episode_no) AS
WITH
told AS
(
    SELECT
        *,
        multiIf(status = 'escalated', 'tier', status IN ('joined', 'supervision_intervened') AND agent_id != '', 'join',
            status = 'took_over' AND agent_id NOT IN ('', owner_before), 'takeover', status IN ('left', 'supervision_ended'), 'left', '') AS kind
    FROM oracle_pauses
    WHERE is_open AND n >= first_n
),
joins AS
(
    SELECT *, lagInFrame(kind) OVER (PARTITION BY company, conversation_id, episode_no, agent_id, kind = 'tier' ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS kind_before
    FROM told
    WHERE kind != ''
)
SELECT
    company, conversation_id, episode_no,
    arraySort(groupArray((n, at, company_day, kind, agent_id, if(kind = 'tier', toString(tier), ''), if(kind = 'takeover', owner_before, owner_now), team_now))) AS list
FROM joins
WHERE kind != 'left' AND NOT (kind = 'join' AND kind_before = 'join')
GROUP BY company, conversation_id, episode_no;
